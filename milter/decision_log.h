// SPDX-License-Identifier: BSD-2-Clause
// The decision log (spec 10): one line a message, appended whole. A log that can't
// be written is counted and said once, and once more when it can be written again; it never
// changes a verdict. Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "util/guarded.h"
#include "util/handle.h"
#include "util/result.h"

namespace milter {

class DecisionLog {
 public:
  struct File {
    util::Descriptor descriptor;
    bool is_torn = false;  // it ends in a part of a line
  };

  // Opens the file, or another one, or the same anew after it was rotated; "" closes
  // it. On an error the file that was open stays.
  util::Status open(const std::string& path);
  void append(std::string_view line);
  std::uint64_t lost() const { return lost_; }

 private:
  util::Guarded<File> file_;
  std::atomic<std::uint64_t> lost_{0};
  std::atomic<bool> said_{false};
  std::atomic<bool> said_again_{false};  // since the file was opened
};

}  // namespace milter
