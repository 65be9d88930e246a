// SPDX-License-Identifier: BSD-2-Clause
#include "milter/libmilter/crew.h"

#include <condition_variable>
#include <exception>
#include <string>
#include <thread>
#include <utility>

#include "util/log.h"

namespace milter {

// It lives on the stack of the thread that rests.
struct Crew::Resting {
  Resting* next = nullptr;
  bool is_called = false;
  std::condition_variable called;
};

bool Crew::start() {
  int started = 0;
  for (int i = 0; i < size_; ++i) {
    {
      const std::lock_guard held(mutex_);
      ++at_work_;
    }
    if (add()) ++started;
  }
  return started > 0;
}

void Crew::begin_wait() noexcept {
  {
    const std::lock_guard held(mutex_);
    if (at_work_ > size_) {
      --at_work_;
      return;
    }
    // The place goes to another.
    if (Resting* const one = take_resting()) {
      one->is_called = true;
      one->called.notify_one();
      return;
    }
  }
  add();
}

void Crew::end_wait() noexcept {
  const std::lock_guard held(mutex_);
  ++at_work_;
}

void Crew::work() {
  util::wait_observer = this;
  do turn_();
  while (is_wanted());
}

// After a turn.
bool Crew::is_wanted() {
  if (at_work_ <= size_) return true;
  std::unique_lock held(mutex_);
  if (at_work_ <= size_) return true;
  --at_work_;
  Resting self;
  self.next = std::exchange(resting_, &self);
  if (!self.called.wait_for(held, rest_, [&] { return self.is_called; })) remove(self);
  return self.is_called;
}

Crew::Resting* Crew::take_resting() {
  Resting* const one = resting_;
  if (one != nullptr) resting_ = one->next;
  return one;
}

void Crew::remove(const Resting& one) {
  Resting** at = &resting_;
  while (*at != &one) at = &(*at)->next;
  *at = one.next;
}

// A thread for a place that is counted already.
bool Crew::add() noexcept {
  try {
    std::thread([this] { work(); }).detach();
    return true;
  } catch (const std::exception& exception) {
    {
      const std::lock_guard held(mutex_);
      --at_work_;
    }
    try {
      util::log(util::LogLevel::error,
                std::string("no thread beside those that wait: ") + exception.what());
    } catch (const std::exception&) {
      // Those that are there go on.
    }
    return false;
  }
}

}  // namespace milter
