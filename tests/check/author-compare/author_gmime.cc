// SPDX-License-Identifier: BSD-2-Clause
// author_gmime: the author parser beside GMime's, which is given a whole message. stdin:
// one escaped body a line; stdout, divided by tabs: ours, GMime's domains in its loose
// (usual) mode, and in its strict one. A mailbox without a domain is "(local)".
#include <iostream>

#include "gmime_domains.h"
#include "lines.h"

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    const auto body = author_table::unescape(line);
    std::cout << lines::ours(body) << '\t'
              << lines::joined(gmime::author_domains(body, gmime::Mode::loose)) << '\t'
              << lines::joined(gmime::author_domains(body, gmime::Mode::strict)) << '\n';
  }
  return std::cout.flush() ? 0 : 74;
}
