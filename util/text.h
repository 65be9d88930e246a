// SPDX-License-Identifier: BSD-2-Clause
// Bytes and ASCII text: no locale, no allocation where a view will do.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace util {

inline char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
std::string ascii_lower(std::string_view text);

inline bool ascii_iequals(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return ascii_lower(x) == ascii_lower(y);
         });
}

bool ascii_istarts_with(std::string_view text, std::string_view prefix);

bool is_ascii(std::string_view text);
inline bool is_wsp(char c) { return c == ' ' || c == '\t'; }
inline bool is_space(char c) { return is_wsp(c) || c == '\r' || c == '\n'; }
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Without leading and trailing space, tab, CR and LF.
inline std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// The parts between separators, untrimmed; an empty text has one empty part.
std::vector<std::string_view> split(std::string_view text, char separator);

// Past white space and comments (RFC 5322 3.2.2) from `at`; nothing where a comment
// does not end.
std::optional<std::size_t> past_cfws(std::string_view text, std::size_t at);

// A header field body with its folds removed (RFC 5322 2.2.3): each LF, with a CR before
// it or not, that white space follows; others stay, for the reader to refuse.
std::string unfolded(std::string_view body);

// RFC 3461 4: xtext. Nothing where it is malformed.
std::optional<std::string> decoded_xtext(std::string_view text);

// Every byte that is not an RFC 3986 unreserved character as %XX.
std::string percent_encoded(std::string_view text);

// At most `limit` bytes, and every byte outside printable ASCII as '?': what may
// be shown of a message in a reply or a log line.
std::string shown(std::string_view text, std::size_t limit = 60);

}  // namespace util
