// SPDX-License-Identifier: BSD-2-Clause
// MAIL FROM and RCPT TO (RFC 5321 4.1.2), read strictly: an MTA reads more than that
// grammar, drops comments and moves parts about, and relays what it made of it. What is
// not plainly an address here could be another one there. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace evidence {

struct Path {
  std::string address;  // without angle brackets and source route; "" for the null one
  std::string domain;   // canonical; "" where there is none or it is an address literal
  bool is_null = false;
  bool is_readable = false;  // the null one, postmaster, or local part and domain
  bool is_routed = false;    // its local part could be another address: %, ! or @
  bool is_srs = false;       // SRS0, SRS1 or Microsoft's forms: rewritten by a forwarder
};

Path read_path(std::string_view text);

}  // namespace evidence
