// SPDX-License-Identifier: BSD-2-Clause
#include "tests/bench/scenario.h"

#include <iomanip>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "util/file.h"

namespace bench {

namespace {

constexpr std::string_view line_end = "\r\n";

// Where the field ends that the text begins with: at a line that is no continuation.
std::size_t field_end(std::string_view text) {
  auto end = text.find(line_end);
  while (end + 2 < text.size() && (text[end + 2] == ' ' || text[end + 2] == '\t'))
    end = text.find(line_end, end + 2);
  return end;
}

void read_content(std::string_view content, Message& message) {
  const auto end = content.find("\r\n\r\n");
  if (end == std::string_view::npos) throw std::runtime_error("a message without end of header");
  message.body = content.substr(end + 4);
  std::string_view header = content.substr(0, end + 2);
  while (!header.empty()) {
    const auto size = field_end(header);
    const std::string_view field = header.substr(0, size);
    const auto colon = field.find(':');
    if (colon == std::string_view::npos) throw std::runtime_error("a field without colon");
    std::string value;
    for (const char c : field.substr(colon + 1)) {
      if (c != '\r') value.push_back(c);
    }
    message.header.emplace_back(field.substr(0, colon), std::move(value));
    header.remove_prefix(size + 2);
  }
}

}  // namespace

std::vector<Message> read_scenario(const std::string& file) {
  const auto text = util::read_file(file);
  if (!text) throw std::runtime_error(text.error().text);
  std::vector<Message> messages;
  for (std::string_view rest = *text; !rest.empty();) {
    const auto end = rest.find('\n');
    std::istringstream line{std::string(rest.substr(0, end))};
    std::string word;
    Message message;
    std::size_t size = 0;
    line >> word >> message.client >> message.sender >> message.recipient >>
        std::quoted(message.expected) >> size;
    if (!line || word != "message" || rest.size() < end + 1 + size + 1)
      throw std::runtime_error(file + ": not a scenario");
    read_content(rest.substr(end + 1, size), message);
    rest.remove_prefix(end + 1 + size + 1);
    messages.push_back(std::move(message));
  }
  if (messages.empty()) throw std::runtime_error(file + ": no message");
  return messages;
}

}  // namespace bench
