// SPDX-License-Identifier: BSD-2-Clause
// Makes a page of the manual from its template: `manual TEMPLATE OUTPUT`. A line
// `.\" @NAME@` stands for the table NAME; long lines of prose are wrapped. `manual` alone
// prints the vocabulary for the tests. A build tool: not installed.
#include <cstdio>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

#include "man/tables.h"
#include "util/file.h"

namespace {

constexpr std::string_view table_begin = ".\\\" @";
constexpr std::size_t max_line = 78;

// Nothing where a line names a table that is not there.
std::optional<std::string> expanded(const std::string& line) {
  if (!line.starts_with(table_begin) || !line.ends_with('@')) return line + "\n";
  return man::table(line.substr(table_begin.size(), line.size() - table_begin.size() - 1));
}

// A line of prose as several; macros and short lines as they are.
std::string wrapped(std::string line) {
  std::string out;
  while (line.size() > max_line && line[0] != '.') {
    const auto space = line.rfind(' ', max_line);
    if (space == std::string::npos || space == 0) break;
    out += line.substr(0, space) + "\n";
    line.erase(0, space + 1);
    if (line[0] == '.' || line[0] == '\'') line.insert(0, "\\&");
  }
  return out + line + "\n";
}

// All but what stands as it is, between .Bd and .Ed.
std::string wrapped_page(const std::string& page) {
  std::istringstream lines(page);
  std::string out;
  bool is_literal = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(".Bd") || line.starts_with(".Ed")) is_literal = line.starts_with(".Bd");
    out += is_literal ? line + "\n" : wrapped(line);
  }
  return out;
}

int make(const char* from, const char* to) {
  const auto text = util::read_file(from);
  if (!text) return std::fprintf(stderr, "manual: %s\n", text.error().text.c_str()), 1;
  std::istringstream lines(*text);
  std::string page;
  unsigned number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const auto part = expanded(line);
    if (!part) return std::fprintf(stderr, "%s:%u: no such table\n", from, number), 1;
    page += *part;
  }
  std::ofstream out(to, std::ios::binary);
  out << wrapped_page(page);
  return out.flush() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3) return make(argv[1], argv[2]);
  return std::puts(man::vocabulary().c_str()) < 0;
}
