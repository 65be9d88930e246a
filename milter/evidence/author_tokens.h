// SPDX-License-Identifier: BSD-2-Clause
// The words of an address field (RFC 5322 3.2, RFC 6532), for the author parser
// alone. Strict: what some reader takes otherwise is a fault. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace evidence {

struct AuthorToken {
  enum class Kind { atom, quoted, dot, at, comma, colon, semicolon, less, greater };
  Kind kind;
  std::string text;        // of an atom; of a quoted string its content, quoted pairs resolved
  bool spaced = false;     // white space or a comment stands before it
  bool commented = false;  // a comment does
  // ... one that holds <, >, @, a comma or a quote: some readers look into it for an address.
  bool has_risky_comment = false;
};

struct AuthorTokens {
  std::string fault;  // "" where the whole field could be read
  std::vector<AuthorToken> tokens;
  std::string comments;  // all of them, with their parentheses
};

// Whether a text, which is no part of an address, has a sign by which some readers look for one.
bool has_address_sign(std::string_view text);

AuthorTokens author_tokens(std::string_view body);

}  // namespace evidence
