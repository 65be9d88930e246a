// SPDX-License-Identifier: BSD-2-Clause
#include "milter/signals.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <array>
#include <csignal>

namespace milter {

namespace {

int wake_pipe[2] = {-1, -1};  // the handler writes, next_event reads

constexpr std::array<int, 3> caught{SIGHUP, SIGTERM, SIGINT};

extern "C" void on_signal(int signal) {
  const char word = signal == SIGHUP ? 'r' : 's';
  const int saved = errno;
  [[maybe_unused]] const auto written = ::write(wake_pipe[1], &word, 1);
  errno = saved;
}

}  // namespace

void catch_signals() {
  if (::pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) != 0) return;
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  for (const int signal : caught) ::sigaction(signal, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a decision log at its limit is as good as a full disk
  block_signals(false);
}

Event next_event(std::chrono::milliseconds within) {
  pollfd poll{wake_pipe[0], POLLIN, 0};
  ::poll(&poll, 1, static_cast<int>(within.count()));
  char words[256];
  const auto got = ::read(wake_pipe[0], words, sizeof words);
  Event event = Event::none;
  for (ssize_t i = 0; i < got; ++i) {
    if (words[i] == 's') return Event::stop;
    event = Event::reload;  // several requests are one
  }
  return event;
}

void block_signals(bool block) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : caught) sigaddset(&set, signal);
  pthread_sigmask(block ? SIG_BLOCK : SIG_UNBLOCK, &set, nullptr);
}

}  // namespace milter

// Takes the place of the C library's for libmilter, whose own thread waits here for
// SIGHUP and SIGTERM and ends the process on both. That thread would take a signal from
// under our handler whenever it came to this line between the signal's coming and the
// handler's run; with nothing to wait for it takes none.
extern "C" int sigwait(const sigset_t*, int*) {
  for (;;) ::pause();
}
