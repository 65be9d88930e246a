// SPDX-License-Identifier: BSD-2-Clause
// The milter protocol (version 6) as Postfix 3.7 speaks it: what needs no reply is written
// together with what does, and the envelope (smtpd's) apart from the content (cleanup's).
// A message is made into octets once for what a filter negotiated, so that sending is cheap.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/scenario.h"

namespace bench {

struct Reply {
  char command = 0;
  std::string data;
};

// Written in one go. Unless `asked` is 0, the filter answers that command then.
struct Part {
  std::string octets;
  char asked = 0;
};
constexpr char end_of_message = 'E';
constexpr char body_chunk = 'B';

std::string negotiation();
// The steps that the filter leaves out, and those it answers nothing to.
std::uint32_t negotiated(const Reply& answer);

// From the connection (`is_first`) or the sender to the end of the message.
std::vector<Part> script(const Message& message, std::uint32_t steps, bool is_first);
std::string abort_packet();
std::string quit_packet();

// Takes the first whole reply from what was received.
std::optional<Reply> take_reply(std::string& received);

}  // namespace bench
