// SPDX-License-Identifier: BSD-2-Clause
// Cases and verdicts in words, for the report of a property that does not hold.
#pragma once

#include <string>

#include "policy/verdict.h"
#include "tests/unit/random/worlds.h"

namespace random_cases {

std::string describe(const World& w);
std::string describe(const policy::Verdict& v);
bool same_in_all(const policy::Verdict& a, const policy::Verdict& b);

}  // namespace random_cases
