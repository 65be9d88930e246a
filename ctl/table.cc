// SPDX-License-Identifier: BSD-2-Clause
#include "ctl/table.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "util/format.h"

namespace ctl {

namespace {

// How many columns of a terminal a UTF-8 text takes, wide characters aside.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

std::string escaped(const std::string& text, std::string_view code, bool in_colour) {
  return in_colour ? util::format("\x1b[{}m{}\x1b[0m", code, text) : text;
}

}  // namespace

std::string Table::text(bool in_colour, std::size_t indent) const {
  std::vector<std::size_t> widths;
  std::vector<std::string> head;
  for (const Column& column : columns_) {
    widths.push_back(width(column.title));
    head.push_back(column.title);
  }
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  auto line = [&](const std::vector<std::string>& row) {
    std::string text(indent, ' ');
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string pad(widths[i] - width(row[i]), ' ');
      const bool is_last = i + 1 == row.size();
      text += columns_[i].is_number ? pad + row[i] : row[i] + (is_last ? "" : pad);
      if (!is_last) text += "  ";
    }
    return text.erase(text.find_last_not_of(' ') + 1);
  };
  std::string text = bold(line(head), in_colour) + "\n";
  for (const auto& row : rows_) text += line(row) + "\n";
  return text;
}

bool has_colour(std::FILE* stream) {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool is_dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
  return ::isatty(::fileno(stream)) == 1 && !is_dumb && (no_colour == nullptr || *no_colour == 0);
}

std::string red(const std::string& text, bool in_colour) { return escaped(text, "31", in_colour); }

std::string bold(const std::string& text, bool in_colour) { return escaped(text, "1", in_colour); }

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (const std::string& part : parts) {
    if (!text.empty()) text += separator;
    text += part;
  }
  return text;
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return util::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace ctl
