// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/author_tokens.h"

#include <algorithm>
#include <cstddef>
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
      if (!fault_.empty() || at_ == text_.size()) break;
      AuthorToken token = next();
      if (!fault_.empty()) break;
      token.spaced = !gap.empty();
      token.commented = commented;
      is_after_bracket_ = token.kind == Kind::greater;
      token.has_risky_comment = gap.find_first_of("<>@,\"") != std::string_view::npos;
      result.tokens.push_back(std::move(token));
    }
    result.comments = std::move(comments_);
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
    const std::size_t start = at_;
    std::size_t depth = 0;
    bool is_nested = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      // A quoted pair: readers differ on where such a comment ends (spec 6).
      if (c == '\\') return fail("backslash in a comment");
      if (c == '(') is_nested = ++depth > 1 || is_nested;
      if (c != ')' || --depth > 0) continue;
      const std::string_view comment = text_.substr(start, ++at_ - start);
      comments_ += comment;
      if (is_nested && !ends_field(comment)) fail("comment in a comment");
      return;
    }
    fail("comment without end");
  }

  // Some readers end a comment where the first one in it ends, and read on. That does no harm to
  // words behind a closing bracket, at the end of the field.
  bool ends_field(std::string_view comment) const {
    return is_after_bracket_ && !has_address_sign(comment) &&
           std::all_of(text_.begin() + static_cast<std::ptrdiff_t>(at_), text_.end(), util::is_wsp);
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
        // Some readers take the last backslash for one that quotes the quote.
        if (token.text.ends_with('\\')) fail("quoted string that ends with a backslash");
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
  bool is_after_bracket_ = false;  // the last token is >
  std::string comments_;
  std::string fault_;
};

}  // namespace

bool has_address_sign(std::string_view text) {
  return text.find_first_of("<>@,;:\"") != std::string_view::npos;
}

AuthorTokens author_tokens(std::string_view body) {
  const auto text = without_folds(body);
  if (!text) return {.fault = "line break that is no fold"};
  if (std::string fault = character_fault(*text); !fault.empty())
    return {.fault = std::move(fault)};
  return Reader(*text).read();
}

}  // namespace evidence
