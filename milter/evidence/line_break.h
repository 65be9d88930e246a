// SPDX-License-Identifier: BSD-2-Clause
// What Postfix's SMTP client makes of a header line over 998 octets (RFC 5321 4.5.3.1.6), after
// every filter (tried: 3.7, smtp_line_length_limit as it comes): it sends 998 octets, then CRLF
// and a space, then up to 997 more, and so on. A reader sees a fold where none was. Pure; any
// thread.
#pragma once

#include <string>

#include "milter/evidence/field.h"

namespace evidence {

bool has_long_line(const HeaderField& field);

// The field's body as it is sent.
std::string with_lines_broken(const HeaderField& field);

}  // namespace evidence
