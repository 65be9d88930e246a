// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/dkim_tags.h"

#include <algorithm>
#include <array>

#include "util/text.h"

namespace evidence {

namespace {

bool is_tag_name(std::string_view name) {
  auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !name.empty() && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_letter(c) || util::is_digit(c) || c == '_'; });
}

bool precedes(const DkimTag& a, const DkimTag& b) { return a.name < b.name; }

bool is_same_name(const DkimTag& a, const DkimTag& b) { return a.name == b.name; }

std::string_view without_space(std::string_view text) {
  while (!text.empty() && util::is_space(text.front())) text.remove_prefix(1);
  return text;
}

bool is_same_value(std::string_view a, std::string_view b) {
  for (;;) {
    a = without_space(a);
    b = without_space(b);
    if (a.empty() || b.empty()) return a.empty() && b.empty();
    if (a.front() != b.front()) return false;
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
}

// What libopendkim puts in the place of an absent tag (RFC 6376 3.5).
std::optional<std::string_view> default_of(std::string_view name) {
  if (name == "c") return "simple/simple";
  if (name == "q") return "dns/txt";
  return std::nullopt;
}

}  // namespace

std::optional<DkimTags> DkimTags::read(std::string_view text) {
  DkimTags read;
  std::vector<DkimTag>& tags = read.tags_;
  const auto parts = util::split(text, ';');
  tags.reserve(parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string_view part = util::trimmed(parts[i]);
    if (part.empty() && i + 1 == parts.size() && i > 0) break;  // the last ";" may end the list
    const auto equals = part.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view name = util::trimmed(part.substr(0, equals));
    if (!is_tag_name(name)) return std::nullopt;
    tags.push_back({name, util::trimmed(part.substr(equals + 1))});
  }
  std::sort(tags.begin(), tags.end(), precedes);
  if (std::adjacent_find(tags.begin(), tags.end(), is_same_name) != tags.end()) return std::nullopt;
  return read;
}

const std::string_view* DkimTags::find(std::string_view name) const {
  const auto found = std::lower_bound(tags_.begin(), tags_.end(), DkimTag{name, {}}, precedes);
  return found != tags_.end() && found->name == name ? &found->value : nullptr;
}

bool is_same_signature(const DkimTags& tags, const DkimTagValue& other) {
  // The likeliest to differ come first.
  constexpr std::array<const char*, 13> names{"b", "bh", "s", "d", "v", "a", "c",
                                              "h", "i",  "l", "q", "t", "x"};
  return std::all_of(names.begin(), names.end(), [&](const char* name) {
    const std::string_view* tag = tags.find(name);
    const auto ours = tag != nullptr ? std::optional(*tag) : default_of(name);
    const char* const theirs = other(name);
    // Absent and empty are different things (RFC 6376 3.2).
    if (!ours || theirs == nullptr) return !ours && theirs == nullptr;
    return is_same_value(*ours, theirs);
  });
}

}  // namespace evidence
