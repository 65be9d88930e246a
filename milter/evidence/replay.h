// SPDX-License-Identifier: BSD-2-Clause
// A logged decision judged again, by its own policy or another (spec 10). Any thread.
#pragma once

#include "policy/policy.h"
#include "policy/verdict.h"

namespace evidence {

// The verdict that this policy gives on what the log knows; `undecided` where it depends on
// what was not known then: not asked for, or refused before it came.
policy::Verdict judge_again(const policy::Evidence& logged, const policy::Snapshot& snapshot);

}  // namespace evidence
