// SPDX-License-Identifier: BSD-2-Clause
#include "policy/tenant.h"

#include <algorithm>

namespace policy {

namespace {

// Salesforce: 15 characters with case, and in the long form 3 more that say which
// of each five are capitals.
constexpr std::size_t id_length = 15;
constexpr std::size_t id_group = 5;
constexpr std::string_view checksum_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

constexpr std::size_t guid_length = 36;
constexpr std::size_t max_header_value = 255;

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || is_upper(c) || (c >= 'a' && c <= 'z');
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_guid_hyphen(std::size_t at) { return at == 8 || at == 13 || at == 18 || at == 23; }

char id_checksum(std::string_view group) {
  unsigned capitals = 0;
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (is_upper(group[i])) capitals |= 1U << i;
  }
  return checksum_alphabet[capitals];
}

}  // namespace

std::optional<std::string> canonical_guid(std::string_view text) {
  if (text.size() != guid_length) return std::nullopt;
  std::string guid(text);
  for (std::size_t i = 0; i < guid.size(); ++i) {
    if (is_guid_hyphen(i) ? guid[i] != '-' : !is_hex(guid[i])) return std::nullopt;
    if (is_upper(guid[i])) guid[i] = static_cast<char>(guid[i] + ('a' - 'A'));
  }
  return guid;
}

std::optional<std::string> canonical_organisation_id(std::string_view text) {
  const bool is_long = text.size() == id_length + id_length / id_group;
  if (!is_long && text.size() != id_length) return std::nullopt;
  if (!std::all_of(text.begin(), text.end(), is_alphanumeric)) return std::nullopt;
  const std::string_view id = text.substr(0, id_length);
  for (std::size_t i = 0; is_long && i < id_length / id_group; ++i) {
    if (text[id_length + i] != id_checksum(id.substr(i * id_group, id_group))) return std::nullopt;
  }
  return std::string(id);
}

std::optional<std::string> canonical_header_value(std::string_view text) {
  if (text.empty() || text.size() > max_header_value) return std::nullopt;
  const bool is_graphic =
      std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (!is_graphic) return std::nullopt;
  return std::string(text);
}

}  // namespace policy
