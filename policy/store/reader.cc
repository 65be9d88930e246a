// SPDX-License-Identifier: BSD-2-Clause
#include "policy/store/reader.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "policy/domain.h"
#include "util/idna.h"
#include "util/text.h"

namespace store {

namespace {

// U-labels become A-labels; nothing where the text is no name.
std::optional<std::string> canonical_name(std::string_view text) {
  auto name = policy::canonical_domain(text);
  if (name && name->find(util::ace_prefix) == std::string::npos) return name;  // nothing to convert
  const auto ascii = util::a_labels(text);
  return ascii ? policy::canonical_domain(*ascii) : std::nullopt;
}

std::string tenant_forms(const policy::Platform& platform) {
  switch (platform.kind) {
    case policy::PlatformKind::microsoft365:
      return "a domain of the tenant or its GUID";
    case policy::PlatformKind::google:
      return "a domain of the organisation";
    case policy::PlatformKind::salesforce:
      return "an organisation id of 15 characters, or of 18 with a right checksum";
    case policy::PlatformKind::custom:
      break;
  }
  if (platform.tenant_header.empty()) return "a domain below " + platform.dkim_suffix;
  return "1 to 255 printable characters without spaces";
}

}  // namespace

void Reader::add(Finding::Severity severity, const Place& at, std::string found,
                 std::string expected) {
  findings_.push_back({.severity = severity,
                       .file = file_,
                       .line = at.line,
                       .column = at.column,
                       .found = std::move(found),
                       .expected = std::move(expected)});
}

void Reader::error(const Place& at, std::string found, std::string expected) {
  add(Finding::Severity::error, at, std::move(found), std::move(expected));
}

void Reader::warning(const Place& at, std::string found, std::string expected) {
  add(Finding::Severity::warning, at, std::move(found), std::move(expected));
}

void Reader::add_findings(std::vector<Finding> findings) {
  std::move(findings.begin(), findings.end(), std::back_inserter(findings_));
}

std::string Reader::one_of(const std::vector<std::string_view>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " or " : ", ";
    text += '"' + std::string(names[i]) + '"';
  }
  return text;
}

void Reader::check_keys(const Node& table, Section section) {
  for (const Member& member : table.members) {
    const bool is_known = std::any_of(keys.begin(), keys.end(), [&](const KeyInfo& key) {
      return key.name == member.key && (key.sections & section) != 0;
    });
    if (is_known) continue;
    std::vector<std::string_view> names;
    for (const KeyInfo& key : keys) {
      if ((key.sections & section) != 0) names.push_back(key.name);
    }
    error(member.at, "the key " + util::shown(member.key), "one of " + one_of(names));
  }
}

bool Reader::is_table(const Node& node) {
  if (node.kind == Node::Kind::table) return true;
  error(node, "a table");
  return false;
}

std::optional<std::string> Reader::text(const Node& node) {
  const bool is_plain = node.kind == Node::Kind::text && !node.text.empty() &&
                        std::none_of(node.text.begin(), node.text.end(), [](char c) {
                          return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
                        });
  if (is_plain) return node.text;
  error(node, "a text of one line that is not empty");
  return std::nullopt;
}

std::optional<bool> Reader::truth(const Node& node) {
  if (node.kind == Node::Kind::boolean) return node.number != 0;
  error(node, "true or false");
  return std::nullopt;
}

std::optional<std::string> Reader::domain(const Node& node) {
  if (node.kind == Node::Kind::text) {
    if (auto name = canonical_name(node.text)) return name;
  }
  error(node, "a domain name such as \"contoso.example\"");
  return std::nullopt;
}

std::optional<policy::Network> Reader::network(const Node& node) {
  if (node.kind == Node::Kind::text) {
    if (auto network = policy::Network::parse(node.text)) return network;
  }
  error(node,
        "a network such as \"192.0.2.0/24\" or \"2001:db8::/32\", no bit set past the prefix");
  return std::nullopt;
}

std::optional<std::chrono::seconds> Reader::duration(const Node& node) {
  constexpr std::pair<char, std::int64_t> units[] = {
      {'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
  constexpr std::int64_t max_count = 1'000'000;
  if (node.kind == Node::Kind::text && !node.text.empty()) {
    std::int64_t count = 0;
    const char* end = node.text.data() + node.text.size() - 1;
    const auto [rest, fault] = std::from_chars(node.text.data(), end, count);
    for (const auto& [letter, seconds] : units) {
      if (fault == std::errc() && rest == end && *end == letter && count > 0 && count <= max_count)
        return std::chrono::seconds(count * seconds);
    }
  }
  error(node, "a time such as \"3d\", \"12h\", \"30m\" or \"90s\"");
  return std::nullopt;
}

std::optional<policy::Tenant> Reader::tenant(const Node& node, const Platforms& platforms) {
  const auto colon = node.text.find(':');
  if (node.kind != Node::Kind::text || colon == std::string::npos) {
    error(node, "a tenant as \"PLATFORM:VALUE\"");
    return std::nullopt;
  }
  const std::string_view written = node.text;
  const auto platform = platforms.find(written.substr(0, colon));
  if (platform == platforms.end()) {
    std::vector<std::string_view> names;
    for (const auto& [name, _] : platforms) names.push_back(name);
    error(node, "a platform of " + one_of(names) + " before the colon");
    return std::nullopt;
  }
  std::string value(written.substr(colon + 1));
  if (!util::is_ascii(value)) value = canonical_name(value).value_or("");
  auto tenant = policy::canonical_tenant(platform->second, value);
  if (!tenant) error(node, tenant_forms(platform->second) + " after the colon");
  return tenant;
}

}  // namespace store
