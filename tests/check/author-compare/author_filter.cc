// SPDX-License-Identifier: BSD-2-Clause
// author_filter: the author parser as a filter. stdin: one escaped body a line; stdout:
// its domains, or "invalid: FAULT". With --names: one escaped domain a line, as another
// library gave it; stdout: its A-labels, or the name itself where it has none.
#include <iostream>

#include "lines.h"
#include "util/idna.h"

int main(int argc, char** argv) {
  const bool names = argc == 2 && std::string_view(argv[1]) == "--names";
  if (argc > 1 && !names) return 64;
  for (std::string line; std::getline(std::cin, line);) {
    const auto text = author_table::unescape(line);
    std::cout << (names ? lines::escaped(util::a_labels(text).value_or(text)) : lines::ours(text))
              << '\n';
  }
  return std::cout.flush() ? 0 : 74;
}
