// SPDX-License-Identifier: BSD-2-Clause
// A milter conversation as text, one packet a line, so that seeds can be read and a fuzzer can
// swap, repeat and drop whole packets. The first character says which:
//   O [steps in hex]   C address   H name   M words   R words   T   L name:value   N   B bytes
//   E   A   K   Q   U line   D command name=value;...      as the MTA sends them
//   #bytes             as they stand, without a frame      .   hang up
// "\n" and "\0" in a line stand for LF and NUL; a line that begins otherwise is nothing.
#pragma once

#include <arpa/inet.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

inline constexpr std::uint32_t milter_version = 6;
inline constexpr std::uint32_t all_actions = 0x1ff;
inline constexpr std::uint32_t all_steps = 0x1fffff;

struct Packet {
  char kind = 0;
  std::string bytes;  // with its frame
  bool is_proper = true;
};

inline std::string octets(std::uint32_t value) {
  std::string four;
  for (const int shift : {24, 16, 8, 0}) four.push_back(static_cast<char>(value >> shift));
  return four;
}

inline std::string framed(char kind, const std::string& data) {
  return octets(static_cast<std::uint32_t>(data.size() + 1)) + kind + data;
}

inline std::string unescaped(std::string_view line) {
  std::string text;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool is_escape = line[i] == '\\' && i + 1 < line.size();
    if (is_escape && (line[i + 1] == 'n' || line[i + 1] == '0'))
      text.push_back(line[++i] == 'n' ? '\n' : '\0');
    else
      text.push_back(line[i]);
  }
  return text;
}

// Words between separators, each ended by a NUL.
inline std::string terminated(std::string text, std::string_view separators) {
  for (char& c : text) {
    if (separators.find(c) != std::string_view::npos) c = '\0';
  }
  return text + '\0';
}

inline std::string connection(const std::string& address) {
  const bool is_v6 = address.find(':') != std::string::npos;
  return "client.example" + std::string(1, '\0') + (is_v6 ? "6" : "4") + "\x61\xa8" +
         (is_v6 ? "IPv6:" : "") + address + '\0';
}

// One that an MTA can have: libmilter hangs up on any other.
inline bool is_address(const std::string& address) {
  std::uint8_t binary[16];
  const int family = address.find(':') == std::string::npos ? AF_INET : AF_INET6;
  return ::inet_pton(family, address.c_str(), binary) == 1;
}

// libmilter hangs up on macros of no command, and we on a name without a value.
inline Packet macros(const std::string& text) {
  const std::string pairs = terminated(text.empty() ? "" : text.substr(1), "=;");
  const bool is_proper = !text.empty() &&
                         std::string_view("CHMRTLNE").find(text[0]) != std::string_view::npos &&
                         std::count(pairs.begin(), pairs.end(), '\0') % 2 == 0;
  return {'D', framed('D', text.substr(0, 1) + pairs), is_proper};
}

inline Packet packet(std::string_view line) {
  const char kind = line.empty() ? '\0' : line.front();
  const std::string text = unescaped(line.substr(line.empty() ? 0 : 1));
  switch (kind) {
    case 'O': {
      const auto steps = static_cast<std::uint32_t>(std::strtoul(text.c_str(), nullptr, 16));
      return {kind, framed(kind, octets(milter_version) + octets(all_actions) +
                                     octets(text.empty() ? all_steps : steps))};
    }
    case 'C':
      return {kind, framed(kind, connection(text)), is_address(text)};
    case 'H':
    case 'U':
      return {kind, framed(kind, text + '\0')};
    case 'M':
    case 'R':
      return {kind, framed(kind, terminated(text, " "))};
    case 'L': {
      std::string field = text + '\0';
      if (const auto colon = field.find(':', 1); colon != std::string::npos) field[colon] = '\0';
      return {kind, framed(kind, field), text.find(':', 1) != std::string::npos};
    }
    case 'D':
      return macros(text);
    case 'B':
      return {kind, framed(kind, text), !text.empty()};
    case 'T':
    case 'N':
    case 'E':
    case 'A':
    case 'K':
    case 'Q':
      return {kind, framed(kind, "")};
    case '#':
      return {kind, text};
    case '.':
      return {kind, ""};
    default:
      return {};
  }
}

inline std::vector<Packet> packets(std::string_view input) {
  std::vector<Packet> all;
  while (!input.empty()) {
    const auto end = std::min(input.find('\n'), input.size());
    if (Packet one = packet(input.substr(0, end)); one.kind != 0) all.push_back(std::move(one));
    input.remove_prefix(std::min(end + 1, input.size()));
  }
  return all;
}

}  // namespace fuzz
