// SPDX-License-Identifier: BSD-2-Clause
// SIGHUP, SIGTERM and SIGINT as events of the main thread. The handlers are set, and
// the signals open in the main thread alone, before any other thread starts: the
// kernel then gives them to it and not to libmilter's signal thread, which would end
// the process on SIGHUP. Threads that help it to load a policy have them open too; the
// handler does the same in any thread.
#pragma once

#include <chrono>
#include <thread>

namespace milter {

enum class Event { none, reload, stop };

// In the main thread, before any other.
void catch_signals();

// The next event, or none after the time. Main thread.
Event next_event(std::chrono::milliseconds within);

// A thread that none of these signals is given to.
template <class Run>
std::thread deaf_thread(Run run);

void block_signals(bool block);

template <class Run>
std::thread deaf_thread(Run run) {
  block_signals(true);
  std::thread thread(std::move(run));
  block_signals(false);
  return thread;
}

}  // namespace milter
