// SPDX-License-Identifier: BSD-2-Clause
#include "util/utf8.h"

#include <cstdint>

namespace util {

std::optional<char32_t> next_code_point(std::string_view text, std::size_t& at) {
  const auto first = static_cast<std::uint8_t>(text[at++]);
  if (first < 0x80) return first;
  const int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
  if (first < 0xc2 || first > 0xf4) return std::nullopt;
  char32_t point = first & (0x3fU >> more);
  for (int i = 0; i < more; ++i, ++at) {
    if (at == text.size()) return std::nullopt;
    const auto byte = static_cast<std::uint8_t>(text[at]);
    if ((byte & 0xc0) != 0x80) return std::nullopt;
    point = (point << 6) | (byte & 0x3f);
  }
  constexpr char32_t least[] = {0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = point >= 0xd800 && point <= 0xdfff;
  if (point < least[more] || point > 0x10ffff || is_surrogate) return std::nullopt;
  return point;
}

}  // namespace util
