// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/spf_macro.h"

#include <algorithm>
#include <vector>

#include "util/format.h"
#include "util/text.h"

namespace evidence {

namespace {

constexpr std::string_view delimiters = ".-+,/_=";
constexpr std::size_t max_name = 253;

bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// One macro-expand (RFC 7208 7.1) at the beginning of a text.
struct Macro {
  std::size_t length = 0;  // of its text
  char letter = 0;         // 0 for %%, %_ and %-
  std::string literal;
  std::size_t parts = 0;  // from the right; 0 all
  bool reverse = false;
  std::string_view delimiters = ".";
};

std::optional<Macro> read_macro(std::string_view text, std::string_view letters) {
  if (text.size() < 2) return std::nullopt;
  switch (text[1]) {
    case '%':
      return Macro{.length = 2, .literal = "%"};
    case '_':
      return Macro{.length = 2, .literal = " "};
    case '-':
      return Macro{.length = 2, .literal = "%20"};
    case '{':
      break;
    default:
      return std::nullopt;
  }
  const auto end = text.find('}');
  if (end == std::string_view::npos || end < 3) return std::nullopt;
  Macro macro{.length = end + 1, .letter = text[2]};
  if (letters.find(util::ascii_lower(macro.letter)) == std::string_view::npos) return std::nullopt;
  std::string_view rest = text.substr(3, end - 3);
  bool has_digits = false;
  for (; !rest.empty() && util::is_digit(rest.front()); rest.remove_prefix(1)) {
    has_digits = true;
    macro.parts = std::min<std::size_t>(
        macro.parts * 10 + static_cast<std::size_t>(rest.front() - '0'), max_name);
  }
  if (has_digits && macro.parts == 0) return std::nullopt;
  if (!rest.empty() && util::ascii_lower(rest.front()) == 'r') {
    macro.reverse = true;
    rest.remove_prefix(1);
  }
  if (rest.find_first_not_of(delimiters) != std::string_view::npos) return std::nullopt;
  if (!rest.empty()) macro.delimiters = rest;
  return macro;
}

// Letters that domains may have, and those of explanations besides.
constexpr std::string_view domain_letters = "slodiphv";
constexpr std::string_view all_letters = "slodiphvcrt";

// The rest after the last macro, or nothing where the text is no macro-string.
std::optional<std::string_view> macro_string_tail(std::string_view text, std::string_view letters) {
  std::string_view tail = text;
  while (!text.empty()) {
    const char c = text.front();
    if (c == '%') {
      const auto macro = read_macro(text, letters);
      if (!macro) return std::nullopt;
      text.remove_prefix(macro->length);
      tail = text;
    } else if (c > ' ' && c < 0x7f) {
      text.remove_prefix(1);
    } else {
      return std::nullopt;
    }
  }
  return tail;
}

// RFC 7208 7.1: a label that is not all digits and has no hyphen at its ends.
bool is_top_label(std::string_view label) {
  return !label.empty() && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(),
                     [](char c) { return is_alpha(c) || util::is_digit(c) || c == '-'; }) &&
         std::any_of(label.begin(), label.end(), [](char c) { return !util::is_digit(c); });
}

std::optional<std::string> value_of(char letter, const SpfMacros& macros) {
  switch (letter) {
    case 's':
      return macros.local_part + "@" + macros.sender_domain;
    case 'l':
      return macros.local_part;
    case 'o':
      return macros.sender_domain;
    case 'd':
      return macros.domain;
    case 'i':
      return dotted(macros.client);
    case 'p':
      return macros.validated_name();
    case 'v':
      return macros.client.is_v4() ? "in-addr" : "ip6";
    case 'h':
      return macros.helo;
    default:
      return "";
  }
}

std::string transformed(std::string_view value, const Macro& macro) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = value.find_first_of(macro.delimiters);
    parts.push_back(value.substr(0, end));
    if (end == std::string_view::npos) break;
    value.remove_prefix(end + 1);
  }
  if (macro.reverse) std::reverse(parts.begin(), parts.end());
  const std::size_t skipped =
      macro.parts > 0 && macro.parts < parts.size() ? parts.size() - macro.parts : 0;
  std::string text;
  for (std::size_t i = skipped; i < parts.size(); ++i) {
    if (i > skipped) text.push_back('.');
    text += parts[i];
  }
  return text;
}

// RFC 7208 7.3: a name that is too long loses labels from the left.
std::string cut(std::string name) {
  if (name.ends_with('.')) name.pop_back();
  while (name.size() > max_name) {
    const auto dot = name.find('.');
    if (dot == std::string::npos) break;
    name.erase(0, dot + 1);
  }
  return name;
}

}  // namespace

bool is_macro_string(std::string_view text) {
  return macro_string_tail(text, all_letters).has_value();
}

bool is_domain_spec(std::string_view text) {
  const auto tail = macro_string_tail(text, domain_letters);
  if (!tail || text.empty()) return false;
  if (tail->empty()) return true;  // ends with a macro
  std::string_view name = *tail;
  if (name.ends_with('.')) name.remove_suffix(1);
  const auto dot = name.rfind('.');
  return dot != std::string_view::npos && is_top_label(name.substr(dot + 1));
}

std::optional<std::string> expand_macros(std::string_view domain_spec, const SpfMacros& macros) {
  std::string text;
  while (!domain_spec.empty()) {
    if (domain_spec.front() != '%') {
      text.push_back(domain_spec.front());
      domain_spec.remove_prefix(1);
      continue;
    }
    const auto macro = read_macro(domain_spec, domain_letters);
    if (!macro) return "";  // not after is_domain_spec
    domain_spec.remove_prefix(macro->length);
    if (macro->letter == 0) {
      text += macro->literal;
      continue;
    }
    const auto value = value_of(util::ascii_lower(macro->letter), macros);
    if (!value) return std::nullopt;
    const std::string part = transformed(*value, *macro);
    const bool is_upper = macro->letter < 'a';
    text += is_upper ? util::percent_encoded(part) : part;
  }
  return cut(std::move(text));
}

std::string dotted(const policy::Address& address) {
  if (address.is_v4()) return address.to_string();
  std::string text;
  for (const auto octet : address.octets()) {
    if (!text.empty()) text.push_back('.');
    text += util::format("{:x}.{:x}", octet >> 4, octet & 15);
  }
  return text;
}

std::string reversed(std::string_view name) {
  auto parts = util::split(name, '.');
  std::string text;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    if (!text.empty()) text.push_back('.');
    text += *part;
  }
  return text;
}

}  // namespace evidence
