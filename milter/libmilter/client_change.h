// SPDX-License-Identifier: BSD-2-Clause
// An MTA that keeps its connection to the filter announces its next client: QUIT_NC, then CONNECT.
// libmilter (tried: 8.17) takes QUIT_NC only after an end of message or an unknown command, and
// CONNECT only after the negotiation or QUIT_NC. What comes elsewhere, as after a message that was
// refused or broken off, it ignores: the client before would stay, and lend its address to
// whoever comes next. An unknown command, which changes nothing else, makes it take both.
#pragma once

#include <string_view>

namespace milter {

class ClientChange {
 public:
  // The packets that libmilter must have before one with this command, which comes next. Each
  // `unknown` among them is answered, and the MTA must not see that answer.
  std::string_view before(char command) {
    const bool was_fresh = is_fresh_;
    has_negotiated_ = has_negotiated_ || command == negotiation;
    if (command != macros) is_fresh_ = command == negotiation || command == quit_nc;
    if (!has_negotiated_) return {};  // whatever client it announces is ignored: it has none
    if (command == quit_nc) return unknown;
    if (command == connect && !was_fresh) return unknown_and_quit_nc;
    return {};
  }

 private:
  static constexpr char connect = 'C', macros = 'D', negotiation = 'O', quit_nc = 'K';
  static constexpr std::string_view unknown_and_quit_nc{"\0\0\0\2U\0\0\0\0\1K", 11};
  static constexpr std::string_view unknown = unknown_and_quit_nc.substr(0, 6);

  bool has_negotiated_ = false;
  bool is_fresh_ = false;  // libmilter waits for a CONNECT
};

}  // namespace milter
