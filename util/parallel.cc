// SPDX-License-Identifier: BSD-2-Clause
#include "util/parallel.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <system_error>
#include <thread>
#include <vector>

#include "util/guarded.h"

namespace util {

namespace {

constexpr std::size_t max_threads = 4;
constexpr std::size_t part_size = 1000;

class Work {
 public:
  Work(std::size_t count, const std::function<void(std::size_t)>& work)
      : count_(count), work_(work) {}

  void run() noexcept {
    try {
      for (std::size_t next = next_++; next < count_; next = next_++) {
        work_(next);
        std::this_thread::yield();  // who serves waits for one of them at most
      }
    } catch (...) {
      next_ = count_;
      fault_.with([](std::exception_ptr& fault) { fault = std::current_exception(); });
    }
  }

  void rethrow() {
    const std::exception_ptr fault = fault_.with([](const std::exception_ptr& one) { return one; });
    if (fault) std::rethrow_exception(fault);
  }

 private:
  const std::size_t count_;
  const std::function<void(std::size_t)>& work_;
  std::atomic<std::size_t> next_ = 0;
  Guarded<std::exception_ptr> fault_;
};

// Fewer where the system has no more.
std::vector<std::jthread> started(std::size_t count, Work& work) {
  std::vector<std::jthread> threads;
  threads.reserve(count);
  try {
    while (threads.size() < count) threads.emplace_back([&work] { work.run(); });
  } catch (const std::system_error&) {
  }
  return threads;
}

}  // namespace

std::size_t processors() {
  cpu_set_t usable;
  return ::sched_getaffinity(0, sizeof usable, &usable) == 0
             ? static_cast<std::size_t>(CPU_COUNT(&usable))
             : 1;
}

void in_parallel(std::size_t count, const std::function<void(std::size_t)>& work) {
  const std::size_t threads = std::min({count, processors(), max_threads});
  Work shared(count, work);
  {
    const auto others = started(threads > 1 ? threads - 1 : 0, shared);
    shared.run();
  }
  shared.rethrow();
}

std::size_t parts_of(std::size_t count) { return (count + part_size - 1) / part_size; }

void in_parts(std::size_t count, const std::function<void(const Part&)>& work) {
  in_parallel(parts_of(count), [&](std::size_t i) {
    work({i, i * part_size, std::min((i + 1) * part_size, count)});
  });
}

}  // namespace util
