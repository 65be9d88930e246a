// SPDX-License-Identifier: BSD-2-Clause
// Lists for a person: columns that line up, a bold head on a terminal. Values; what comes
// from a message has to be made printable (util::shown) before it is put in.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

namespace ctl {

class Table {
 public:
  struct Column {
    std::string title;
    bool is_number = false;  // aligned at the right
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  bool is_empty() const { return rows_.empty(); }
  // The lines, with `indent` spaces before each; the last column is not padded.
  std::string text(bool in_colour, std::size_t indent = 0) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// Whether a stream gets colour: a terminal that can show it, and no NO_COLOR.
bool has_colour(std::FILE* stream);

// The text in red, bold or as it is.
std::string red(const std::string& text, bool in_colour);
std::string bold(const std::string& text, bool in_colour);

// With a separator between each two.
std::string joined(const std::vector<std::string>& parts, std::string_view separator);

// "3 messages", "1 message".
std::string counted(std::uint64_t count, std::string_view noun);

}  // namespace ctl
