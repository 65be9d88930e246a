// SPDX-License-Identifier: BSD-2-Clause
// Cases as data: files under tests/cases/ of blocks "=== NAME", an input, "---", and
// what is expected of it. Lines before the first block are a comment.
#pragma once

#include <string>
#include <vector>

#include "util/file.h"
#include "util/text.h"

namespace cases {

struct Case {
  std::string name;
  std::string input;
  std::vector<std::string> expected;  // lines
};

inline std::vector<Case> read(const std::string& file) {
  std::vector<Case> found;
  const auto text = util::read_file(std::string(TEST_SOURCE_DIR) + "/cases/" + file);
  if (!text) return found;
  bool is_input = false;
  for (const std::string_view line : util::split(*text, '\n')) {
    if (line.starts_with("=== ")) {
      found.push_back({std::string(line.substr(4)), "", {}});
      is_input = true;
    } else if (found.empty()) {
      continue;
    } else if (line == "---") {
      is_input = false;
    } else if (is_input) {
      found.back().input += std::string(line) + "\n";
    } else if (!line.empty()) {
      found.back().expected.emplace_back(line);
    }
  }
  return found;
}

}  // namespace cases
