// SPDX-License-Identifier: BSD-2-Clause
// How far long work is, on stderr where that is a terminal, a few times a second. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace ctl {

class Progress {
 public:
  explicit Progress(std::string what);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();  // takes the line away

  // `total` 0: unknown.
  void at(std::uint64_t done, std::uint64_t total, const std::string& detail);

 private:
  std::string what_;
  bool is_shown_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point next_{};
};

}  // namespace ctl
