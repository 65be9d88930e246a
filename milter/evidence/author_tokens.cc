// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/author_tokens.h"

#include <optional>

#include "milter/evidence/author_characters.h"
#include "util/text.h"

namespace evidence {

namespace {

using Kind = AuthorToken::Kind;

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
      const std::string_view gap = text_.substr(start, at_ - start);
      result.has_comment = result.has_comment || commented;
      if (!fault_.empty() || at_ == text_.size()) break;
      AuthorToken token = next();
      if (!fault_.empty()) break;
      token.spaced = !gap.empty();
      token.commented = commented;
      token.has_risky_comment = gap.find_first_of("<>@,\"") != std::string_view::npos;
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

  void fail(std::string_view fault) { fault_ = fault; }

  void skip_comment() {
    std::size_t depth = 0;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      // A quoted pair: readers differ on where such a comment ends (spec 6).
      if (c == '\\') return fail("backslash in a comment");
      if (c == '(') {
        ++depth;
      } else if (c == ')' && --depth == 0) {
        ++at_;
        return;
      }
    }
    fail("comment without end");
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
  const auto text = without_folds(body);
  if (!text) return {.fault = "line break that is no fold"};
  if (std::string fault = character_fault(*text); !fault.empty())
    return {.fault = std::move(fault)};
  return Reader(*text).read();
}

}  // namespace evidence
