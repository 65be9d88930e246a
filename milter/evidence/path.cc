// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/path.h"

#include <algorithm>
#include <optional>

#include "policy/domain.h"
#include "util/idna.h"
#include "util/text.h"

namespace evidence {

namespace {

bool is_eight_bit(char c) { return (c & 0x80) != 0; }

bool is_alphanumeric(char c) {
  return util::is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_one_of(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

// Characters of an atom, and the dot: more dots than the grammar has harm nothing.
bool is_plain_local(std::string_view local) {
  return !local.empty() && std::all_of(local.begin(), local.end(), [](char c) {
    return is_alphanumeric(c) || is_eight_bit(c) || is_one_of(c, ".!#$%&'*+-/=?^_`{|}~");
  });
}

// The length of the quoted string that the text begins with; 0 where it has no end.
std::size_t quoted_length(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') return i + 1;
    if (text[i] == '\\') ++i;
    if (i < text.size() && (static_cast<unsigned char>(text[i]) < ' ' || text[i] == 0x7f)) break;
  }
  return 0;
}

bool is_literal(std::string_view domain) {
  return domain.size() > 2 && domain.front() == '[' && domain.back() == ']' &&
         std::all_of(domain.begin() + 1, domain.end() - 1,
                     [](char c) { return is_alphanumeric(c) || is_one_of(c, ".:"); });
}

std::optional<std::string> canonical(std::string_view domain) {
  if (domain.ends_with('.')) domain.remove_suffix(1);
  const auto ascii = util::lookup_form(domain);
  return ascii ? policy::canonical_domain(*ascii) : std::nullopt;
}

// Without "@ONE,@TWO:" (RFC 5321 appendix C); nothing where that has no end.
std::optional<std::string_view> without_route(std::string_view address) {
  if (!address.starts_with('@')) return address;
  const auto colon = address.find(':');
  const std::string_view route = address.substr(0, colon);
  const bool is_plain = std::all_of(route.begin(), route.end(), [](char c) {
    return is_alphanumeric(c) || is_one_of(c, "@,.-_");
  });
  if (colon == std::string_view::npos || !is_plain) return std::nullopt;
  return address.substr(colon + 1);
}

bool is_srs_local(std::string_view local) {
  for (const char* prefix : {"SRS0=", "SRS0+", "SRS0-", "SRS1=", "SRS1+", "SRS1-"}) {
    if (util::ascii_istarts_with(local, prefix)) return true;
  }
  // Microsoft: bounces+SRS=..., USER+SRS=...
  return util::ascii_lower(local).find("+srs=") != std::string::npos;
}

// False where it is no mailbox.
bool read_mailbox(std::string_view address, Path& path) {
  const std::size_t quoted = address.starts_with('"') ? quoted_length(address) : 0;
  const std::size_t at = quoted > 0 ? quoted : address.find('@');
  const std::string_view local = address.substr(0, at);
  if (quoted == 0 && !is_plain_local(local)) return false;
  path.is_srs = is_srs_local(local);
  path.is_routed = local.find_first_of("%!@") != std::string::npos;
  // A word alone leaves with the relay's own domain (Postfix: myorigin): nobody's address but
  // the postmaster's, whom RFC 5321 4.1.1.3 knows by the name alone.
  if (at >= address.size()) return util::ascii_iequals(address, "postmaster");
  if (address[at] != '@') return false;
  const std::string_view domain = address.substr(at + 1);
  if (is_literal(domain)) return true;
  const auto name = canonical(domain);
  path.domain = name.value_or("");
  return name.has_value();
}

}  // namespace

Path read_path(std::string_view text) {
  Path path;
  text = util::trimmed(text);
  if (text.starts_with('<') && text.ends_with('>') && text.size() > 1)
    text = util::trimmed(text.substr(1, text.size() - 2));
  path.is_null = text.empty();
  const auto address = without_route(text);
  path.address = address.value_or(text);
  path.is_readable = path.is_null || (address && read_mailbox(*address, path));
  return path;
}

}  // namespace evidence
