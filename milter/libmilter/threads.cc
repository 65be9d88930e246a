// SPDX-License-Identifier: BSD-2-Clause
// libmilter ends a worker as soon as two others are idle and makes one where none is: under load,
// for one message in twenty. A thread whose work has ended is kept for a while for the next. What
// libmilter calls pthread_create and pthread_detach comes here (CMakeLists.txt); it joins none.
#include <pthread.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

namespace {

constexpr std::chrono::seconds keep_for{10};

struct Task {
  void* (*work)(void*) = nullptr;
  void* argument = nullptr;
};

// A thread that has nothing to do; it lives on that thread's stack.
struct Idle {
  pthread_t thread{};
  Idle* next = nullptr;
  Task task;
  std::condition_variable given;
};

std::mutex lock;
Idle* idle = nullptr;  // the last to come is the first to go

void remove(const Idle* one) {
  Idle** at = &idle;
  while (*at != one) at = &(*at)->next;
  *at = one->next;
}

// Nothing where none comes for so long.
Task next_task() {
  Idle self;
  self.thread = ::pthread_self();
  std::unique_lock<std::mutex> held(lock);
  self.next = std::exchange(idle, &self);
  if (!self.given.wait_for(held, keep_for, [&] { return self.task.work != nullptr; }))
    remove(&self);
  return self.task;
}

void* run(void* first) {
  Task task = *std::unique_ptr<Task>(static_cast<Task*>(first));
  for (; task.work != nullptr; task = next_task()) task.work(task.argument);
  return nullptr;
}

// Whether an idle thread has taken it.
bool hand_over(pthread_t* thread, const Task& task) {
  const std::lock_guard<std::mutex> held(lock);
  if (idle == nullptr) return false;
  Idle* const one = std::exchange(idle, idle->next);
  *thread = one->thread;
  one->task = task;
  one->given.notify_one();
  return true;
}

int create(pthread_t* thread, const Task& task) {
  std::unique_ptr<Task> first(new (std::nothrow) Task(task));
  if (first == nullptr) return EAGAIN;
  pthread_attr_t detached;
  if (const int result = ::pthread_attr_init(&detached); result != 0) return result;
  ::pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  const int result = ::pthread_create(thread, &detached, run, first.get());
  ::pthread_attr_destroy(&detached);
  if (result == 0) static_cast<void>(first.release());
  return result;
}

}  // namespace

extern "C" {

int tm_libmilter_pthread_create(pthread_t* thread, const pthread_attr_t*, void* (*work)(void*),
                                void* argument) {
  const Task task{work, argument};
  return hand_over(thread, task) ? 0 : create(thread, task);
}

// They are from the start.
int tm_libmilter_pthread_detach(pthread_t) { return 0; }

}  // extern "C"
