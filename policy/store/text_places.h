// SPDX-License-Identifier: BSD-2-Clause
// From the places of a document to bytes of its text, and what stands around them:
// white space, comments and lines (TOML 1.0). Internal to policy/store/.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "policy/store/document.h"

namespace store {

class TextPlaces {
 public:
  explicit TextPlaces(std::string_view text);

  // The byte at a place; columns count code points.
  std::size_t at(const Place& place) const;

  std::size_t line_begin(std::size_t at) const;
  std::size_t line_end(std::size_t at) const;   // at its line feed, a CR before it included
  std::size_t next_line(std::size_t at) const;  // past its line feed
  bool is_first_on_line(std::size_t at) const;  // only white space stands before it
  std::string_view indentation(std::size_t at) const;
  // Past white space, line ends and comments.
  std::size_t past_space(std::size_t at) const;
  // Past white space on this line.
  std::size_t past_blanks(std::size_t at) const;
  // How the file ends its lines.
  std::string_view newline() const { return newline_; }

 private:
  std::string_view text_;
  std::string_view newline_;
  std::vector<std::size_t> lines_;  // where each begins
};

}  // namespace store
