// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/author_rewriting.h"

#include "util/text.h"

namespace evidence {

namespace {

// Sendmail's buffer has 256 bytes. What it may add: a backslash before each quote, quotes
// around the name, a space beside each comment.
constexpr std::size_t max_address = 240;

// Reads the field by what divides it for Sendmail: commas outside of quotes and comments.
class Rewriting {
 public:
  std::string fault_of(std::string_view body) {
    for (std::size_t i = 0; i < body.size() && fault_.empty(); ++i) {
      const char c = body[i];
      size_ += c == '"' || c == '(' || c == ')' ? 2 : 1;
      if (c == '\\') {
        has_escape_ = true;
        if (++i < body.size()) size_ += 2;
      } else {
        read(c);
      }
    }
    end_address();
    return fault_;
  }

 private:
  void read(char c) {
    if (c == '"' && depth_ == 0) {
      is_quoted_ = !is_quoted_;
    } else if (is_quoted_) {
      return;
    } else if (c == '(') {
      ++depth_;
    } else if (c == ')') {
      --depth_;
    } else if (depth_ == 0) {
      read_outside(c);
    }
  }

  void read_outside(char c) {
    if (c == ',')
      end_address();
    else if (c == '<' || c == ':')
      has_bare_name_ = has_bare_name_ || has_bare_word_;
    else if (!util::is_space(c))
      has_bare_word_ = true;
  }

  void end_address() {
    if (size_ > max_address) fault_ = "address of more than 240 bytes, which Sendmail cuts";
    if (has_escape_ && has_bare_name_) fault_ = "backslash in a name that Sendmail quotes anew";
    size_ = 0;
    has_escape_ = has_bare_word_ = has_bare_name_ = false;
  }

  std::size_t size_ = 0;  // of the address, with its name, as it may be written anew
  int depth_ = 0;
  bool is_quoted_ = false;
  bool has_escape_ = false;
  bool has_bare_word_ = false;
  bool has_bare_name_ = false;  // a name with a word that is not in quotes
  std::string fault_;
};

}  // namespace

std::string rewriting_fault(std::string_view body) { return Rewriting().fault_of(body); }

}  // namespace evidence
