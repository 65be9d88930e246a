// SPDX-License-Identifier: BSD-2-Clause
// The verdict (spec 6): a pure, stateless function. No I/O, no clock, no globals,
// no look-ups; any thread. A verdict other than `undecided` is the verdict, with
// the same reason and mode, for every completion of what is pending.
#pragma once

#include "policy/evidence.h"
#include "policy/policy.h"
#include "policy/verdict.h"

namespace policy {

Verdict judge(const Evidence& evidence, const Policy& policy);

}  // namespace policy
