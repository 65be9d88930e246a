// SPDX-License-Identifier: BSD-2-Clause
#include "util/text.h"

#include <algorithm>

namespace util {

std::string ascii_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = ascii_lower(c);
  return lower;
}

bool ascii_istarts_with(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && ascii_iequals(text.substr(0, prefix.size()), prefix);
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  parts.reserve(1 + static_cast<std::size_t>(std::count(text.begin(), text.end(), separator)));
  for (;;) {
    const auto at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::optional<std::size_t> past_cfws(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (depth > 0 && c == '\\') {
      ++at;
    } else if (c == '(') {
      ++depth;
    } else if (depth > 0 && c == ')') {
      --depth;
    } else if (depth == 0 && !is_space(c)) {
      break;
    }
  }
  if (depth > 0) return std::nullopt;
  return at;
}

std::string unfolded(std::string_view body) {
  std::string flat;
  flat.reserve(body.size());
  for (std::size_t i = 0; i < body.size(); ++i) {
    std::size_t next = i;
    if (body[next] == '\r' && next + 1 < body.size() && body[next + 1] == '\n') ++next;
    const bool line_break = body[next] == '\n';
    if (line_break && next + 1 < body.size() && is_wsp(body[next + 1])) {
      i = next;
      continue;
    }
    flat.push_back(body[i]);
  }
  return flat;
}

namespace {

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr char hex_digits[] = "0123456789ABCDEF";

}  // namespace

std::optional<std::string> decoded_xtext(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c < '!' || c > '~' || c == '=') return std::nullopt;
    if (c != '+') {
      plain.push_back(c);
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_digit(text[i + 1]);
    const int low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    plain.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return plain;
}

std::string percent_encoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool unreserved = is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') ||
                            c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      encoded.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded.push_back('%');
    encoded.push_back(hex_digits[byte >> 4]);
    encoded.push_back(hex_digits[byte & 15]);
  }
  return encoded;
}

std::string shown(std::string_view text, std::size_t limit) {
  std::string printable(text.substr(0, limit));
  for (char& c : printable) {
    if (c < ' ' || c > '~') c = '?';
  }
  return printable;
}

}  // namespace util
