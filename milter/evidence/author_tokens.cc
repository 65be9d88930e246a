// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/author_tokens.h"

#include <cstdint>
#include <optional>

#include "util/text.h"

namespace evidence {

namespace {

using Kind = AuthorToken::Kind;

constexpr std::size_t max_field = 8 * 1024;  // spec 6

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool is_eight_bit(char c) { return (c & 0x80) != 0; }

// RFC 5322 3.2.3 with RFC 6532 3.2.
bool is_atext(char c) {
  constexpr std::string_view others = "!#$%&'*+-/=?^_`{|}~";
  return is_eight_bit(c) || util::is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         others.find(c) != std::string_view::npos;
}

// The field without its folds, each the end of a line that white space follows.
// Nothing where a CR or LF is none, or a continuation line shows nothing: some readers
// end the header there.
std::optional<std::string> without_folds(std::string_view body) {
  std::string text;
  text.reserve(body.size());
  bool line_shows = true;  // the first line has the field's name
  for (std::size_t i = 0; i < body.size(); ++i) {
    const char c = body[i];
    if (c == '\r' && i + 1 < body.size() && body[i + 1] == '\n') continue;
    if (c == '\r') return std::nullopt;
    if (c == '\n') {
      const bool is_fold = i + 1 < body.size() && util::is_wsp(body[i + 1]);
      if (!is_fold || !line_shows) return std::nullopt;
      line_shows = false;
      continue;
    }
    line_shows = line_shows || !util::is_wsp(c);
    text.push_back(c);
  }
  if (!line_shows) return std::nullopt;
  return text;
}

// The next code point of UTF-8 (RFC 3629); nothing where there is none.
std::optional<char32_t> next_code_point(std::string_view text, std::size_t& at) {
  const auto first = static_cast<std::uint8_t>(text[at++]);
  if (first < 0x80) return first;
  const int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
  if (first < 0xc2 || first > 0xf4) return std::nullopt;
  char32_t point = first & (0x3fU >> more);
  for (int i = 0; i < more; ++i, ++at) {
    if (at == text.size()) return std::nullopt;
    const auto byte = static_cast<std::uint8_t>(text[at]);
    if ((byte & 0xc0) != 0x80) return std::nullopt;
    point = (point << 6) | (byte & 0x3f);
  }
  constexpr char32_t least[] = {0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = point >= 0xd800 && point <= 0xdfff;
  if (point < least[more] || point > 0x10ffff || is_surrogate) return std::nullopt;
  return point;
}

// The controls of Unicode, and its ends of lines, at which some readers cut.
bool is_unicode_control(char32_t point) {
  return (point >= 0x80 && point <= 0x9f) || point == 0x2028 || point == 0x2029;
}

std::string byte_fault(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (is_control(c) && c != '\t') return "control character";
    const auto point = next_code_point(text, at);
    if (!point) return "8-bit that is no UTF-8";
    if (is_unicode_control(*point)) return "control character";
  }
  return "";
}

std::optional<Kind> special(char c) {
  switch (c) {
    case '.':
      return Kind::dot;
    case '@':
      return Kind::at;
    case ',':
      return Kind::comma;
    case ':':
      return Kind::colon;
    case ';':
      return Kind::semicolon;
    case '<':
      return Kind::less;
    case '>':
      return Kind::greater;
    default:
      return std::nullopt;
  }
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  AuthorTokens read() {
    AuthorTokens result;
    for (;;) {
      const std::size_t start = at_;
      const bool commented = skip_space();
      const bool spaced = at_ > start;
      result.has_comment = result.has_comment || commented;
      if (!fault_.empty() || at_ == text_.size()) break;
      AuthorToken token = next();
      if (!fault_.empty()) break;
      token.spaced = spaced;
      token.commented = commented;
      result.tokens.push_back(std::move(token));
    }
    result.fault = fault_;
    return result;
  }

 private:
  // White space and comments (RFC 5322 3.2.2); says whether there was a comment.
  bool skip_space() {
    bool has_comment = false;
    while (at_ < text_.size() && fault_.empty()) {
      if (util::is_wsp(text_[at_])) {
        ++at_;
      } else if (text_[at_] == '(') {
        skip_comment();
        has_comment = true;
      } else {
        break;
      }
    }
    return has_comment;
  }

  void skip_comment() {
    std::size_t depth = 0;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\\') {
        if (++at_ == text_.size()) break;
      } else if (c == '(') {
        ++depth;
      } else if (c == ')' && --depth == 0) {
        ++at_;
        return;
      }
    }
    fault_ = "comment without end";
  }

  AuthorToken next() {
    const char c = text_[at_];
    if (c == '"') return quoted();
    if (is_atext(c)) {
      const std::size_t start = at_;
      while (at_ < text_.size() && is_atext(text_[at_])) ++at_;
      return {Kind::atom, std::string(text_.substr(start, at_ - start))};
    }
    ++at_;
    if (const auto kind = special(c)) return {*kind, std::string(1, c)};
    fault_ = c == '[' || c == ']' ? "address literal" : std::string("unquoted ") + c;
    return {Kind::atom, ""};
  }

  AuthorToken quoted() {
    AuthorToken token{Kind::quoted, ""};
    for (++at_; at_ < text_.size(); ++at_) {
      char c = text_[at_];
      if (c == '"') {
        ++at_;
        return token;
      }
      if (c == '\\') {
        if (++at_ == text_.size()) break;
        c = text_[at_];
      }
      token.text.push_back(c);
    }
    fault_ = "quoted string without end";
    return token;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string fault_;
};

}  // namespace

AuthorTokens author_tokens(std::string_view body) {
  if (body.size() > max_field) return {.fault = "over 8 KiB"};
  const auto text = without_folds(body);
  if (!text) return {.fault = "line break that is no fold"};
  if (std::string fault = byte_fault(*text); !fault.empty()) return {.fault = std::move(fault)};
  return Reader(*text).read();
}

}  // namespace evidence
