// SPDX-License-Identifier: BSD-2-Clause
// author_filter: the author parser as a filter. stdin: one escaped body a line; stdout:
// its domains, or "invalid: FAULT". With --names: one escaped domain a line, as another
// library gave it; stdout: its A-labels, or the name itself where it has none, and
// "(undelegated)" behind a tab where no such name can exist.
#include <iostream>
#include <string>

#include "lines.h"
#include "util/idna.h"
#include "util/psl.h"

namespace {

// The name as we write it, and whether it ends in a top-level domain.
std::string named(const std::string& text) {
  const auto name = util::a_labels(text);
  const bool is_delegated = name && util::is_top_level_domain(name->substr(name->rfind('.') + 1));
  return lines::escaped(name.value_or(text)) + (is_delegated ? "" : "\t(undelegated)");
}

}  // namespace

int main(int argc, char** argv) {
  const bool names = argc == 2 && std::string_view(argv[1]) == "--names";
  if (argc > 1 && !names) return 64;
  for (std::string line; std::getline(std::cin, line);) {
    const auto text = author_table::unescape(line);
    std::cout << (names ? named(text) : lines::ours(text)) << '\n';
  }
  return std::cout.flush() ? 0 : 74;
}
