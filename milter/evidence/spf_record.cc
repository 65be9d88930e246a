// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/spf_record.h"

#include <algorithm>
#include <array>

#include "milter/evidence/spf_macro.h"
#include "util/text.h"

namespace evidence {

namespace {

using Mechanism = SpfTerm::Mechanism;

constexpr std::string_view version = "v=spf1";

bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_visible(char c) { return c > ' ' && c < 0x7f; }

struct MechanismInfo {
  std::string_view name;
  Mechanism mechanism;
  enum { no_domain, may_have_domain, needs_domain, network } argument;
  bool takes_prefix;
};

constexpr std::array<MechanismInfo, 8> mechanisms{{
    {"all", Mechanism::all, MechanismInfo::no_domain, false},
    {"include", Mechanism::include, MechanismInfo::needs_domain, false},
    {"a", Mechanism::a, MechanismInfo::may_have_domain, true},
    {"mx", Mechanism::mx, MechanismInfo::may_have_domain, true},
    {"ptr", Mechanism::ptr, MechanismInfo::may_have_domain, false},
    {"ip4", Mechanism::ip4, MechanismInfo::network, false},
    {"ip6", Mechanism::ip6, MechanismInfo::network, false},
    {"exists", Mechanism::exists, MechanismInfo::needs_domain, false},
}};

// A prefix length: no leading zero (RFC 7208 5.6).
std::optional<int> prefix_length(std::string_view digits, int most) {
  if (digits.empty() || digits.size() > 3 ||
      !std::all_of(digits.begin(), digits.end(), util::is_digit))
    return std::nullopt;
  if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
  int value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  if (value > most) return std::nullopt;
  return value;
}

// Takes a number after `slashes` off the end; false where what stands there is none.
bool take_prefix(std::string_view& text, std::string_view slashes, int most, int& prefix) {
  std::size_t digits = 0;
  while (digits < text.size() && util::is_digit(text[text.size() - 1 - digits])) ++digits;
  const std::string_view rest = text.substr(0, text.size() - digits);
  if (!rest.ends_with(slashes)) return true;
  const auto length = prefix_length(text.substr(rest.size()), most);
  if (!length) return false;
  prefix = *length;
  text = rest.substr(0, rest.size() - slashes.size());
  return true;
}

// dual-cidr-length
bool take_prefixes(std::string_view& text, SpfTerm& term) {
  return take_prefix(text, "//", 128, term.prefix_v6) && take_prefix(text, "/", 32, term.prefix_v4);
}

bool read_network(std::string_view text, SpfTerm& term) {
  const bool is_v4 = term.mechanism == Mechanism::ip4;
  const int bits = is_v4 ? 32 : 128;
  int prefix = bits;
  if (!take_prefix(text, "/", bits, prefix)) return false;
  const auto address = policy::Address::parse(text);
  if (!address) return false;
  const bool is_dotted_quad = text.find(':') == std::string_view::npos;
  if (is_dotted_quad != is_v4) return false;
  // An IPv4-mapped one is no IPv4 client's (RFC 7208 5).
  if (address->is_v4() == is_v4) term.network = policy::Network(*address, prefix);
  return true;
}

bool read_argument(const MechanismInfo& info, std::string_view rest, SpfTerm& term) {
  if (info.takes_prefix && !take_prefixes(rest, term)) return false;
  if (rest.empty())
    return info.argument == MechanismInfo::no_domain ||
           info.argument == MechanismInfo::may_have_domain;
  if (rest.front() != ':' || info.argument == MechanismInfo::no_domain) return false;
  rest.remove_prefix(1);
  if (info.argument == MechanismInfo::network) return read_network(rest, term);
  term.domain_spec = rest;
  return is_domain_spec(rest);
}

std::optional<SpfTerm> read_directive(std::string_view text) {
  SpfTerm term;
  constexpr std::string_view qualifiers = "+-~?";
  if (qualifiers.find(text.front()) != std::string_view::npos) {
    term.qualifier = text.front();
    text.remove_prefix(1);
  }
  const auto end = std::min(text.find_first_of(":/"), text.size());
  for (const MechanismInfo& info : mechanisms) {
    if (!util::ascii_iequals(text.substr(0, end), info.name)) continue;
    term.mechanism = info.mechanism;
    if (!read_argument(info, text.substr(end), term)) return std::nullopt;
    return term;
  }
  return std::nullopt;
}

// name of a modifier: ALPHA *( ALPHA / DIGIT / "-" / "_" / "." )
bool is_modifier_name(std::string_view name) {
  return !name.empty() && is_alpha(name.front()) &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return is_alpha(c) || util::is_digit(c) || c == '-' || c == '_' || c == '.';
         });
}

class RecordReader {
 public:
  bool add(std::string_view text) {
    const auto equals = text.find('=');
    if (equals != std::string_view::npos && is_modifier_name(text.substr(0, equals)))
      return add_modifier(text.substr(0, equals), text.substr(equals + 1));
    auto term = read_directive(text);
    if (!term) return false;
    terms_.push_back(std::move(*term));
    return true;
  }

  std::vector<SpfTerm> take() {
    if (redirect_) terms_.push_back(std::move(*redirect_));
    return std::move(terms_);
  }

 private:
  bool add_modifier(std::string_view name, std::string_view value) {
    if (util::ascii_iequals(name, "redirect")) {
      if (redirect_ || !is_domain_spec(value)) return false;
      redirect_ = SpfTerm{.mechanism = Mechanism::redirect, .domain_spec = std::string(value)};
      return true;
    }
    if (util::ascii_iequals(name, "exp")) {
      // Explanations are not fetched; a malformed one spoils the record all the same.
      const bool is_first = !has_explanation_;
      has_explanation_ = true;
      return is_first && is_domain_spec(value);
    }
    return is_macro_string(value);
  }

  std::vector<SpfTerm> terms_;
  std::optional<SpfTerm> redirect_;
  bool has_explanation_ = false;
};

}  // namespace

bool is_spf_record(std::string_view text) {
  return util::ascii_istarts_with(text, version) &&
         (text.size() == version.size() || text[version.size()] == ' ');
}

std::optional<std::vector<SpfTerm>> parse_spf_record(std::string_view text, std::string* faulty) {
  if (!is_spf_record(text)) return std::nullopt;
  RecordReader reader;
  for (const std::string_view part : util::split(text.substr(version.size()), ' ')) {
    if (part.empty()) continue;
    if (std::all_of(part.begin(), part.end(), is_visible) && reader.add(part)) continue;
    if (faulty != nullptr) *faulty = part;
    return std::nullopt;
  }
  return reader.take();
}

}  // namespace evidence
