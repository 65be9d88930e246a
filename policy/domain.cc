// SPDX-License-Identifier: BSD-2-Clause
#include "policy/domain.h"

namespace policy {

namespace {

constexpr std::size_t max_label = 63;  // RFC 1035 2.3.4
constexpr std::size_t max_name = 253;  // 255 octets on the wire

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

}  // namespace

std::optional<std::string> canonical_domain(std::string_view ascii) {
  if (ascii.empty() || ascii.size() > max_name) return std::nullopt;
  std::string name(ascii);
  std::size_t label = 0;
  for (char& c : name) {
    c = lower(c);
    if (c == '.') {
      if (label == 0) return std::nullopt;
      label = 0;
    } else if (!is_name_byte(c) || ++label > max_label) {
      return std::nullopt;
    }
  }
  if (label == 0) return std::nullopt;
  return name;
}

bool is_below(std::string_view name, std::string_view parent) {
  return !parent.empty() && name.size() > parent.size() + 1 && name.ends_with(parent) &&
         name[name.size() - parent.size() - 1] == '.';
}

std::string_view parent_of(std::string_view name) {
  const auto dot = name.find('.');
  return dot == std::string_view::npos ? std::string_view{} : name.substr(dot + 1);
}

}  // namespace policy
