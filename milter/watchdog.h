// SPDX-License-Identifier: BSD-2-Clause
// The service manager's watchdog (sd_watchdog_enabled(3)): it is told that the daemon
// lives only after the daemon has answered itself over its own socket, as it would an
// MTA. Main thread.
#pragma once

#include <chrono>
#include <string>

namespace milter {

class Watchdog {
 public:
  explicit Watchdog(std::string socket);

  // How often look() has to be called; at most the given time.
  std::chrono::milliseconds period(std::chrono::milliseconds most) const;
  // Asks, where it is time, and tells. Silent and idle where nobody watches.
  void look();

 private:
  std::string socket_;
  std::chrono::milliseconds period_;  // 0: nobody watches
  std::chrono::steady_clock::time_point next_;
};

}  // namespace milter
