// SPDX-License-Identifier: BSD-2-Clause
// Threads that take turns at a piece of work, one at each of so many seats. Who waits within its
// turn (util/waiting.h) gives its seat to another, finishes the turn without one, and rests then
// until a seat is given to it; after a time it ends. Any thread.
#pragma once

#include <chrono>
#include <mutex>

#include "util/waiting.h"

namespace milter {

// Lives as long as its threads: to the end of the process.
class Crew final : public util::WaitObserver {
 public:
  using Turn = void (*)(int seat);  // seats are numbered from 0

  Crew(int seats, Turn turn, std::chrono::milliseconds rest = std::chrono::seconds(10))
      : seats_(seats), turn_(turn), rest_(rest) {}

  // False where not every seat can be had a thread for.
  bool start();

  // Of a thread of the crew. Where no other can be had, it keeps its seat.
  void begin_wait() noexcept override;

 private:
  struct Resting;

  void work(int seat);
  bool give_to_resting(int seat);
  bool add(int seat) noexcept;
  int next_seat();
  void remove(const Resting& one);

  const int seats_;
  const Turn turn_;
  const std::chrono::milliseconds rest_;
  std::mutex mutex_;
  Resting* resting_ = nullptr;  // the last to come is the first to go
};

}  // namespace milter
