// SPDX-License-Identifier: BSD-2-Clause
// milter/evidence/author_tokens: the words of an address field, briefly; the table of
// author_test is the long form.
#include "milter/evidence/author_tokens.h"

#include <catch2/catch.hpp>

namespace {

// Each token's text with its kind; "_" stands before one that is spaced.
std::string tokens(std::string_view body) {
  const auto read = evidence::author_tokens(body);
  if (!read.fault.empty()) return "fault";
  std::string text;
  for (const auto& token : read.tokens) {
    using Kind = evidence::AuthorToken::Kind;
    text += (text.empty() ? "" : " ");
    if (token.spaced) text += "_";
    if (token.kind == Kind::atom)
      text += token.text;
    else if (token.kind == Kind::quoted)
      text += "'" + token.text + "'";
    else
      text += ".@,:;<>"[static_cast<int>(token.kind) - static_cast<int>(Kind::dot)];
  }
  return text;
}

}  // namespace

TEST_CASE("the words of an address field") {
  const char* pairs[][2] = {{"a@contoso.com", "a @ contoso . com"},
                            {" A B <a@contoso.com>", "_A _B _< a @ contoso . com >"},
                            {"\"A, B\" <a@contoso.com>", "'A, B' _< a @ contoso . com >"},
                            {"\"a\\\"b\\\\c\"", "'a\"b\\c'"},
                            {"\"\"", "''"},
                            {"a (comment) b", "a _b"},
                            {"(c)a", "_a"},
                            {"a(c)@b", "a _@ b"},
                            {"g: a@b;", "g : _a @ b ;"},
                            {"a\r\n b", "a _b"},
                            {"a\n\tb", "a _b"},
                            {"!#$%&'*+-/=?^_`{|}~", "!#$%&'*+-/=?^_`{|}~"},
                            {"b\u00fccher@x", "b\u00fccher @ x"},
                            {"\"a\r\n b\"", "'a b'"},
                            {"", ""}};
  for (const auto& [body, expected] : pairs) {
    CAPTURE(body);
    CHECK(tokens(body) == expected);
  }
}

TEST_CASE("what is no word is a fault") {
  const std::string bad[] = {"\"open",
                             "(open",
                             "(open (x)",
                             "a)",
                             "\"a\\",
                             "(a\\",
                             "[192.0.2.1]",
                             "a\\b",
                             "a\x01",
                             "a\x7f",
                             std::string("a\0b", 3),
                             "a\r",
                             "a\n",
                             "a\rb",
                             "a\r\nb",
                             "\xff",
                             "b\xc3",
                             "\xc0\xae",
                             "\xed\xa0\x80",
                             "\"a\x01\"",
                             "(a\x01)",
                             "\"a\xff\""};
  for (const auto& body : bad) {
    CAPTURE(body);
    CHECK(tokens(body) == "fault");
  }
}

TEST_CASE("comments nested without end harm nothing") {
  CHECK(tokens(std::string(200'000, '(')) == "fault");
  CHECK(evidence::author_tokens(std::string(200'000, '(') + std::string(200'000, ')'))
            .tokens.empty());
}
