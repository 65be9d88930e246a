// SPDX-License-Identifier: BSD-2-Clause
// How a message came in, as the MTA's macros say it at MAIL (spec 2, 4). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policy/evidence.h"

namespace evidence {

// What the MTA said of the connection; macros are "" where they were not given.
struct Connection {
  std::optional<policy::Address> client;
  std::string client_name;
  std::string helo;
};

struct MailMacros {
  std::string mta_version;   // {v}
  std::string daemon_name;   // {daemon_name}
  std::string auth_authen;   // {auth_authen}
  std::string verify;        // {verify}
  std::string cert_subject;  // {cert_subject}
  std::string cn_subject;    // {cn_subject}
};

// Whether {v} is Postfix's; any other MTA is taken for a Sendmail.
bool is_postfix(std::string_view mta_version);

// The login, byte for byte. Sendmail sends xtext (RFC 3461 4), Postfix does not; a
// malformed xtext is no login.
std::string login_of(const MailMacros& macros);

// The verified name of the client certificate, "" where there is none: Sendmail's
// {cn_subject} where {verify} is OK, Postfix's {cert_subject}, which it gives for a
// trusted chain only.
std::string certificate_of(const MailMacros& macros);

// Fills the members of the evidence that tell of the connection.
void read_origin(const Connection& connection, const MailMacros& macros,
                 policy::Evidence& evidence);

}  // namespace evidence
