// SPDX-License-Identifier: BSD-2-Clause
#include "milter/service.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "util/format.h"

namespace milter {

namespace {

constexpr int exit_os_error = 71;

[[noreturn]] void give_up(const char* what) {
  std::perror(what);
  std::exit(exit_os_error);
}

// Exits as the child does, or with 0 once it is ready.
[[noreturn]] void wait_for(pid_t child, int from_child) {
  char word = 0;
  if (::read(from_child, &word, 1) == 1) std::_Exit(0);
  int status = 0;
  ::waitpid(child, &status, 0);
  std::_Exit(WIFEXITED(status) ? WEXITSTATUS(status) : exit_os_error);
}

void to_null(int fd, int flags) {
  const util::Descriptor null(::open("/dev/null", flags | O_CLOEXEC));
  if (null) ::dup2(null.get(), fd);
}

}  // namespace

void notify_ready(const std::string& status) {
  sd_notify(0, util::format("READY=1\nSTATUS={}", status).c_str());
}

void notify_reloading() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const std::int64_t microseconds = now.tv_sec * 1'000'000 + now.tv_nsec / 1000;
  sd_notify(0, util::format("RELOADING=1\nMONOTONIC_USEC={}", microseconds).c_str());
}

void notify_stopping(const std::string& status) {
  sd_notify(0, util::format("STOPPING=1\nSTATUS={}", status).c_str());
}

void notify_alive() { sd_notify(0, "WATCHDOG=1"); }

std::chrono::milliseconds watchdog_time() {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) <= 0) return std::chrono::milliseconds(0);
  return std::chrono::milliseconds(static_cast<std::int64_t>(microseconds / 1000));
}

void Background::enter() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) give_up("pipe");
  util::Descriptor from_child(ends[0]);
  to_parent_ = util::Descriptor(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) give_up("fork");
  if (child > 0) {
    to_parent_.reset();
    wait_for(child, from_child.get());
  }
  ::setsid();
}

void Background::ready() {
  if (!to_parent_) return;
  to_null(STDIN_FILENO, O_RDONLY);
  to_null(STDOUT_FILENO, O_WRONLY);
  to_null(STDERR_FILENO, O_WRONLY);
  [[maybe_unused]] const auto written = ::write(to_parent_.get(), "r", 1);
  to_parent_.reset();
}

}  // namespace milter
