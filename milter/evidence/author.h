// SPDX-License-Identifier: BSD-2-Clause
// The author parser (spec 6, "The author field"): own code, strict, because
// lenience is the attack. It gives domains only where every reader would show the
// same. RFC 5322 3.4 with RFC 6854 groups and RFC 6532 UTF-8. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "milter/evidence/field.h"

namespace evidence {

// The domains of a From, Sender, Resent-From or Resent-Sender field, canonical
// (A-labels, lower case), in order, without repetitions; or the fault: a short
// phrase that names what was found ("route in an address").
struct AuthorDomains {
  std::vector<std::string> domains;
  std::string fault;  // "" where the field is valid
  std::size_t mailboxes = 0;
  std::string local_part;  // of the first mailbox, without quotes
};

// The field's body is folded or not. From and Resent-From are lists. A field with a line over 998
// octets must say the same once Postfix has broken that line (line_break.h).
AuthorDomains author_domains(const HeaderField& field);

// The same for a Sender or Resent-Sender field, which has one address (RFC 6854 2.2: a
// mailbox or a group).
AuthorDomains sender_domain(const HeaderField& field);

}  // namespace evidence
