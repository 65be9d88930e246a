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

// Fills the author and identity members of the evidence from the header (check 1), and
// `system_mail` (spec 6): one author, from whom the client's platform itself writes, and a header
// with exactly one Content-Type, which is multipart/report.
void read_identities(const std::vector<HeaderField>& header, const policy::Snapshot& snapshot,
                     policy::Evidence& evidence);

}  // namespace evidence
