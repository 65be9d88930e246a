// SPDX-License-Identifier: BSD-2-Clause
// Who a message claims to be from (spec 6, "Identities"): the reverse-path and the
// fields From, Sender, Resent-From and Resent-Sender. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "milter/evidence/field.h"
#include "policy/evidence.h"
#include "policy/policy.h"

namespace evidence {

policy::Identity stamped_identity(const std::string& domain, const policy::Snapshot& snapshot);
// The same, where the sender or an author may be known with this domain already.
policy::Identity stamped_identity(const std::string& domain, const policy::Snapshot& snapshot,
                                  const policy::Evidence& known);

// Fills the author and identity members of the evidence from the header (check 1).
void read_identities(const std::vector<HeaderField>& header, const policy::Snapshot& snapshot,
                     policy::Evidence& evidence);

// Whether the header says that a machine wrote it: multipart/report (RFC 6522), or
// Auto-Submitted other than "no" (RFC 3834).
bool is_system_mail(const std::vector<HeaderField>& header);

}  // namespace evidence
