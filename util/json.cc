// SPDX-License-Identifier: BSD-2-Clause
#include "util/json.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace util {

namespace {

constexpr std::size_t indent = 2;

constexpr std::array<bool, 256> escaped = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < table.size(); ++c)
    table[c] = c < ' ' || c > '~' || c == '"' || c == '\\';
  return table;
}();

void append_quoted(std::string& to, std::string_view text) {
  // Nearly all that is written is plain.
  const bool is_plain = std::none_of(text.begin(), text.end(),
                                     [](char c) { return escaped[static_cast<unsigned char>(c)]; });
  if (is_plain) {
    to.push_back('"');
    to.append(text);
    to.push_back('"');
    return;
  }
  using Leaf = nlohmann::json;
  constexpr bool ascii = true;
  to += Leaf(text).dump(-1, ' ', ascii, Leaf::error_handler_t::replace);
}

// Where the text in quotes ends that begins at a quote.
std::size_t end_of_quoted(std::string_view text, std::size_t at) {
  for (++at; text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return at + 1;
}

void begin_line(std::string& to, std::size_t depth) {
  to.append(1, '\n').append(depth * indent, ' ');
}

}  // namespace

void Json::next() {
  if (text_.size() > 1) text_.push_back(',');
}

std::string_view Json::end() const {
  if (kind_ == Kind::leaf) return "";
  return kind_ == Kind::object ? "}" : "]";
}

void Json::append(std::string_view value) { append_quoted(text_, value); }

void Json::begin(std::string_view key) {
  next();
  append_quoted(text_, key);
  text_.push_back(':');
}

Json& Json::add(const Json& value) & {
  next();
  append(value);
  return *this;
}

std::string Json::pretty() const {
  const std::string text = line();
  std::string spread;
  std::size_t depth = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') {
      const std::size_t end = end_of_quoted(text, at);
      spread.append(text, at, end - at);
      at = end - 1;
    } else if ((c == '{' || c == '[') && (text[at + 1] == '}' || text[at + 1] == ']')) {
      spread.append(text, at++, 2);
    } else if (c == '{' || c == '[') {
      spread.push_back(c);
      begin_line(spread, ++depth);
    } else if (c == '}' || c == ']') {
      begin_line(spread, --depth);
      spread.push_back(c);
    } else if (c == ',') {
      spread.push_back(c);
      begin_line(spread, depth);
    } else {
      spread.append(c == ':' ? ": " : std::string(1, c));
    }
  }
  return spread;
}

}  // namespace util
