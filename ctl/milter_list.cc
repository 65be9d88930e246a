// SPDX-License-Identifier: BSD-2-Clause
#include "ctl/milter_list.h"

#include "util/format.h"
#include "util/text.h"

namespace ctl {

namespace {

bool is_separator(char c) { return c == ',' || util::is_space(c); }

// The words between separators; what stands in braces is one word, with them.
std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  std::size_t at = 0;
  while (at < text.size()) {
    if (is_separator(text[at])) {
      ++at;
      continue;
    }
    const std::size_t begin = at;
    int depth = 0;
    for (; at < text.size() && (depth > 0 || !is_separator(text[at])); ++at) {
      if (text[at] == '{') ++depth;
      if (text[at] == '}') --depth;
    }
    words.push_back(text.substr(begin, at - begin));
  }
  return words;
}

bool is_braced(std::string_view word) { return word.starts_with('{') && word.ends_with('}'); }

std::string_view inside(std::string_view word) {
  return is_braced(word) ? util::trimmed(word.substr(1, word.size() - 2)) : word;
}

Milter parse_milter(std::string_view word) {
  Milter milter;
  if (!is_braced(word)) return {std::string(word), {}};
  for (const std::string_view part : words_of(inside(word))) {
    const std::string_view pair = inside(part);
    const auto equals = pair.find('=');
    if (milter.socket.empty())
      milter.socket = pair;
    else if (equals != std::string_view::npos)
      milter.attributes.emplace_back(util::trimmed(pair.substr(0, equals)),
                                     util::trimmed(pair.substr(equals + 1)));
  }
  return milter;
}

// Seconds of a unit; 0 where it is none.
std::int64_t seconds_of(char unit) {
  switch (util::ascii_lower(unit)) {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 3600;
    case 'd':
      return 86400;
    case 'w':
      return 604800;
    default:
      return 0;
  }
}

}  // namespace

std::optional<std::string> Milter::attribute(std::string_view name) const {
  for (const auto& [key, value] : attributes) {
    if (key == name) return value;
  }
  return std::nullopt;
}

Milter Milter::with(std::string_view name, const std::string& value) const {
  Milter changed = *this;
  for (auto& [key, old] : changed.attributes) {
    if (key == name) old = value;
  }
  if (!attribute(name)) changed.attributes.emplace_back(name, value);
  return changed;
}

Milters parse_milters(std::string_view text) {
  Milters milters;
  for (const std::string_view word : words_of(text)) milters.push_back(parse_milter(word));
  return milters;
}

std::string to_text(const Milters& milters, bool is_tight) {
  const std::string_view comma = is_tight ? "," : ", ";
  std::string text;
  for (const Milter& milter : milters) {
    if (!text.empty()) text += comma;
    if (milter.attributes.empty()) {
      text += milter.socket;
      continue;
    }
    text += util::format("{}{}", is_tight ? "{" : "{ ", milter.socket);
    for (const auto& [name, value] : milter.attributes)
      text += util::format("{}{}={}", comma, name, value);
    text += is_tight ? "}" : " }";
  }
  return text;
}

std::optional<std::chrono::seconds> parse_time(std::string_view text) {
  constexpr std::int64_t most = 1'000'000'000;
  std::int64_t sum = 0;
  std::int64_t number = 0;
  bool has_digits = false;
  for (const char c : util::trimmed(text)) {
    if (util::is_digit(c)) {
      number = number * 10 + (c - '0');
      has_digits = true;
    } else {
      if (!has_digits || seconds_of(c) == 0) return std::nullopt;
      sum += number * seconds_of(c);
      number = 0;
      has_digits = false;
    }
    if (number > most || sum > most) return std::nullopt;
  }
  if (util::trimmed(text).empty()) return std::nullopt;
  return std::chrono::seconds(sum + number);
}

}  // namespace ctl
