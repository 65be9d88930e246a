// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/line_break.h"

#include <algorithm>

namespace evidence {

namespace {

constexpr std::size_t max_line = 998;
constexpr std::string_view line_break = "\r\n ";

// Calls `use` with each line of the body and with its end ("\n", "\r\n", or "" for the last).
template <class Use>
void each_line(std::string_view body, Use use) {
  while (!body.empty()) {
    const auto newline = body.find('\n');
    const bool is_last = newline == std::string_view::npos;
    std::size_t size = is_last ? body.size() : newline;
    const std::size_t next = is_last ? body.size() : newline + 1;
    if (!is_last && size > 0 && body[size - 1] == '\r') --size;
    use(body.substr(0, size), body.substr(size, next - size));
    body.remove_prefix(next);
  }
}

std::size_t start_of(const HeaderField& field) { return field.name.size() + 1; }  // the colon

}  // namespace

bool has_long_line(const HeaderField& field) {
  bool is_long = false;
  std::size_t before = start_of(field);
  each_line(field.value, [&](std::string_view line, std::string_view) {
    is_long = is_long || before + line.size() > max_line;
    before = 0;
  });
  return is_long;
}

std::string with_lines_broken(const HeaderField& field) {
  std::string sent;
  std::size_t room = max_line - std::min(max_line, start_of(field));
  each_line(field.value, [&](std::string_view line, std::string_view end) {
    while (line.size() > room) {
      sent.append(line.substr(0, room)).append(line_break);
      line.remove_prefix(room);
      room = max_line - 1;  // the space
    }
    sent.append(line).append(end);
    room = max_line;
  });
  return sent;
}

}  // namespace evidence
