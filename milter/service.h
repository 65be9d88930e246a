// SPDX-License-Identifier: BSD-2-Clause
// What a service manager and a parent process are told (sd_notify(3)), and going to
// the background. libsystemd's sd-daemon.h is included in service.cc alone.
#pragma once

#include <chrono>
#include <string>

#include "util/handle.h"

namespace milter {

void notify_ready(const std::string& status);
void notify_reloading();
void notify_stopping(const std::string& status);
void notify_alive();

// Within which time the service manager has to hear notify_alive again; 0: never.
std::chrono::milliseconds watchdog_time();

// Forks; the parent stays until the child is ready or has failed, and exits with 0
// or the child's exit code. The child goes on in a session of its own. Before the
// first thread.
class Background {
 public:
  // Returns in the child only; an error ends the process with 71.
  void enter();
  // The child's word to the parent; nothing where enter() was not called.
  void ready();

 private:
  util::Descriptor to_parent_;
};

}  // namespace milter
