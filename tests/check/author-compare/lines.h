// SPDX-License-Identifier: BSD-2-Clause
// How the programs of this comparison write what they say: one body a line comes in,
// escaped as in tests/cases/author; domains go out divided by spaces, escaped so that
// they have none.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "milter/evidence/author.h"
#include "tests/unit/author_table.h"

namespace lines {

inline std::string escaped(std::string_view text) {
  std::string s;
  for (const unsigned char c : text) {
    char hex[5];
    std::snprintf(hex, sizeof hex, "\\x%02x", c);
    s += c > 0x20 && c < 0x7f && c != '\\' ? std::string(1, static_cast<char>(c)) : hex;
  }
  return s;
}

// "NAME NAME", or "-" for none.
inline std::string joined(const std::vector<std::string>& domains) {
  std::string s;
  for (const auto& domain : domains) s += (s.empty() ? "" : " ") + escaped(domain);
  return s.empty() ? "-" : s;
}

// "NAME NAME", or "invalid: FAULT".
inline std::string ours(const std::string& body) {
  const auto result = evidence::author_domains({"From", body});
  return result.fault.empty() ? joined(result.domains) : "invalid: " + result.fault;
}

}  // namespace lines
