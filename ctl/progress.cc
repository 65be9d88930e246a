// SPDX-License-Identifier: BSD-2-Clause
#include "ctl/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace ctl {

namespace {

constexpr std::chrono::milliseconds period{200};
constexpr std::uint64_t width = 30;
constexpr const char* clear_line = "\r\x1b[K";

}  // namespace

Progress::Progress(std::string what)
    : what_(std::move(what)), is_shown_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (is_shown_) std::fputs(clear_line, stderr);
}

void Progress::at(std::uint64_t done, std::uint64_t total, const std::string& detail) {
  if (!is_shown_) return;
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  next_ = now + period;
  std::string bar;
  if (total > 0) {
    const std::uint64_t filled = std::min(width, done * width / total);
    bar = "[" + std::string(filled, '#') + std::string(width - filled, ' ') + "] ";
  }
  std::fprintf(stderr, "%s%s %s%s", clear_line, what_.c_str(), bar.c_str(), detail.c_str());
}

}  // namespace ctl
