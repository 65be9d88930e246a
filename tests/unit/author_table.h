// SPDX-License-Identifier: BSD-2-Clause
// Reads the examples of the author field in tests/cases/author (plain.txt tells the
// format). For tests only: a malformed line throws.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace author_table {

struct Example {
  std::string place;  // file:line
  std::string kind, body, expected, note;
};

inline std::string utf8(std::uint32_t c) {
  std::string s;
  if (c < 0x80) return {static_cast<char>(c)};
  const int tail = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  const int lead[] = {0, 0xc0, 0xe0, 0xf0};
  s += static_cast<char>(lead[tail] | (c >> 6 * tail));
  for (int i = tail - 1; i >= 0; --i) s += static_cast<char>(0x80 | (c >> 6 * i & 0x3f));
  return s;
}

inline std::string unescape(std::string_view text);

// The braced argument that begins at `text`, nested escapes included; steps over it.
inline std::string_view braced(std::string_view& text) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == '}')
      ++i;
    else if (text[i] == '{')
      ++depth;
    else if (text[i] == '}' && --depth == 0) {
      const auto inside = text.substr(1, i - 1);
      text.remove_prefix(i + 1);
      return inside;
    }
  }
  throw std::runtime_error("no closing brace");
}

inline std::string repeated(std::string_view inside) {
  const auto colon = inside.find(':');
  if (colon == inside.npos) throw std::runtime_error("no count");
  const int times = std::stoi(std::string(inside.substr(0, colon)));
  const auto once = unescape(inside.substr(colon + 1));
  std::string s;
  for (int i = 0; i < times; ++i) s += once;
  return s;
}

inline std::string unescape(std::string_view text) {
  std::string s;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c != '\\') {
      s += c;
      continue;
    }
    if (text.empty()) throw std::runtime_error("a backslash at the end");
    const char kind = text.front();
    if (kind != '{') text.remove_prefix(1);
    switch (kind) {
      case '\\':
      case '}':
        s += kind;
        break;
      case 'r':
        s += '\r';
        break;
      case 'n':
        s += '\n';
        break;
      case 't':
        s += '\t';
        break;
      case 'u':
        s += utf8(std::stoul(std::string(braced(text)), nullptr, 16));
        break;
      case '{':
        s += repeated(braced(text));
        break;
      case 'x':
        s += static_cast<char>(std::stoi(std::string(text.substr(0, 2)), nullptr, 16));
        text.remove_prefix(2);
        break;
      default:
        throw std::runtime_error(std::string("unknown escape \\") + kind);
    }
  }
  return s;
}

inline std::vector<std::string> split(const std::string& line, char by) {
  std::vector<std::string> parts(1);
  for (char c : line) {
    if (c == by)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

inline void read_file(const std::filesystem::path& path, std::vector<Example>& into) {
  std::ifstream file(path);
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.empty() || line.front() == '#') continue;
    const auto place = path.filename().string() + ":" + std::to_string(number);
    const auto columns = split(line, '\t');
    if (columns.size() != 4) throw std::runtime_error(place + ": four columns expected");
    try {
      into.push_back({place, columns[0], unescape(columns[1]), unescape(columns[2]), columns[3]});
    } catch (const std::exception& e) {
      throw std::runtime_error(place + ": " + e.what());
    }
  }
}

// All examples, by file name.
inline std::vector<Example> read(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    if (entry.path().extension() == ".txt") paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<Example> examples;
  for (const auto& path : paths) read_file(path, examples);
  return examples;
}

}  // namespace author_table
