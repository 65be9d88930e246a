// SPDX-License-Identifier: BSD-2-Clause
// Ways to make a message or a policy worse: what an attacker can add to a message, and what
// an administrator can ask for in addition. None of them can help a message; the comments in
// hostile.cc and stricter.cc say what was left out because it can. For test programs only.
#pragma once

#include <string>
#include <vector>

#include "tests/unit/random/worlds.h"

namespace random_cases {

// A change and its name; it says whether the case has what it is about.
struct Change {
  const char* word;
  bool (*apply)(Random& r, World& w);
};
const std::vector<Change>& hostile_changes();
const std::vector<Change>& stricter_changes();

// Whether who answers for unknown authors is open between several who list what the message
// carries. There "exactly one sender with forwarding" (spec 6) may come true when one of two
// is lost: two forwarders are none, one is. The first by name of several senders of system
// mail may be followed by the second.
bool contested(const policy::Policy& p);

}  // namespace random_cases
