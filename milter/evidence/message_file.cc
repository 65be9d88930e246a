// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/message_file.h"

namespace evidence {

namespace {

// The next line without its end; `rest` moves past it.
std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string with_crlf(std::string_view body) {
  std::string text;
  text.reserve(body.size() + body.size() / 32);
  while (!body.empty()) {
    const bool is_ended = body.find('\n') != std::string_view::npos;
    text += take_line(body);
    if (is_ended) text += "\r\n";
  }
  return text;
}

// The line with which a mailbox file begins a message: "From ADDRESS DATE".
bool is_mailbox_line(std::string_view line) {
  constexpr std::string_view begins = "From ";
  return line.starts_with(begins) && !util::trimmed(line.substr(begins.size())).starts_with(':');
}

}  // namespace

MessageFile read_message_file(std::string_view bytes) {
  MessageFile file;
  if (is_mailbox_line(bytes)) take_line(bytes);
  while (!bytes.empty()) {
    const std::string_view before = bytes;
    const std::string_view line = take_line(bytes);
    if (line.empty()) break;
    if (util::is_wsp(line.front()) && !file.header.empty()) {
      file.header.back().value += "\n" + std::string(line);
      continue;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) {  // the body begins without an empty line
      bytes = before;
      break;
    }
    file.header.push_back(
        {std::string(line.substr(0, colon)), std::string(line.substr(colon + 1))});
  }
  if (!file.header.empty() && is_field(file.header.front(), "Return-Path")) {
    file.return_path = util::trimmed(file.header.front().value);
    file.header.erase(file.header.begin());
  }
  file.body = with_crlf(bytes);
  return file;
}

}  // namespace evidence
