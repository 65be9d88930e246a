// SPDX-License-Identifier: BSD-2-Clause
// Authentication-Results (RFC 8601): which fields claim to be ours, and the one that
// we add (spec 7). Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "milter/evidence/settings.h"
#include "policy/evidence.h"
#include "policy/verdict.h"

namespace evidence {

// Whether a field body claims our authserv-id: without case, with comments and
// version skipped, quoted form too; an unparsable one that contains it as well.
bool claims_authserv_id(std::string_view body, std::string_view authserv_id);

// The body of the field for a message that was judged and passed; "" for `off`. Forwarded and
// system mail is neutral: its author is not the sender who answers for it. `full` gives the
// results of 20 signatures at most.
std::string auth_results_body(AuthResults kind, std::string_view authserv_id,
                              const policy::Evidence& evidence, const policy::Verdict& verdict,
                              std::string_view platform);

}  // namespace evidence
