// SPDX-License-Identifier: BSD-2-Clause
#include "milter/watchdog.h"

#include <algorithm>

#include "milter/evidence/liveness.h"
#include "milter/service.h"
#include "util/log.h"

namespace milter {

namespace {

// Asked four times before the time is up, so that one slow answer is none too many.
constexpr int tries = 4;

}  // namespace

Watchdog::Watchdog(std::string socket)
    : socket_(std::move(socket)),
      period_(watchdog_time() / tries),
      next_(std::chrono::steady_clock::now() + period_) {}

std::chrono::milliseconds Watchdog::period(std::chrono::milliseconds most) const {
  return period_.count() == 0 ? most : std::min(most, period_);
}

void Watchdog::look() {
  if (period_.count() == 0 || std::chrono::steady_clock::now() < next_) return;
  next_ = std::chrono::steady_clock::now() + period_;
  const util::Status alive = evidence::answers(socket_, period_);
  if (alive)
    notify_alive();
  else
    util::log(util::LogLevel::error, "no answer to itself: " + alive.error().text);
}

}  // namespace milter
