// SPDX-License-Identifier: BSD-2-Clause
// The verdict rules of spec 3 to 6 said a second time, as tables, by somebody who
// has not read the first saying of them. For tests: `judge` must agree with it.
// It answers for complete evidence only (nothing pending); what an early answer
// has to be follows from the answers for all completions.
#pragma once

#include "policy/evidence.h"
#include "policy/policy.h"
#include "policy/verdict.h"

namespace oracle {

// Decision, reason, code, mode, forwarded and system_mail are filled in; the mode
// only where the decision is no acceptance.
policy::Verdict expected(const policy::Evidence& evidence, const policy::Policy& policy);

}  // namespace oracle
