// SPDX-License-Identifier: BSD-2-Clause
// The messages of a load, read from one file. It repeats:
//   message CLIENT_ADDRESS <SENDER> <RECIPIENT> EXPECTED OCTETS\n
// and so many octets of message with CRLF line ends, then a line feed. EXPECTED is accept,
// or how the filter's reply begins, in quotes where it has spaces. Faults of the file are thrown.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace bench {

struct Message {
  std::string client;
  std::string sender;
  std::string recipient;
  std::string expected;
  std::vector<std::pair<std::string, std::string>> header;  // folds as Postfix shows them
  std::string body;
};

std::vector<Message> read_scenario(const std::string& file);

}  // namespace bench
