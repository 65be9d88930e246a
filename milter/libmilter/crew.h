// SPDX-License-Identifier: BSD-2-Clause
// Threads that take turns at a piece of work. So many are at work as the crew is large; one that
// waits within its turn (util/waiting.h) does not count, and another comes in for it. Who is too
// many once the wait is over rests at the end of its turn, and comes in again before a new thread
// is made; after a time without work it ends. Any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>

#include "util/waiting.h"

namespace milter {

// Lives as long as its threads: to the end of the process.
class Crew final : public util::WaitObserver {
 public:
  using Turn = void (*)();

  Crew(int size, Turn turn, std::chrono::milliseconds rest = std::chrono::seconds(10))
      : size_(size), turn_(turn), rest_(rest) {}

  // False where not one thread can be had. With fewer than it should have, a crew works on: each
  // wait is a chance to find another.
  bool start();

  // Of a thread of the crew.
  void begin_wait() noexcept override;
  void end_wait() noexcept override;

 private:
  struct Resting;

  void work();
  bool is_wanted();
  Resting* take_resting();
  void remove(const Resting& one);
  bool add() noexcept;

  const int size_;
  const Turn turn_;
  const std::chrono::milliseconds rest_;
  std::mutex mutex_;
  std::atomic<int> at_work_{0};  // written with the mutex held
  Resting* resting_ = nullptr;   // the last to come is the first to go
};

}  // namespace milter
