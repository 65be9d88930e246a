// SPDX-License-Identifier: BSD-2-Clause
// What the programs of judge_*_properties_test.cc share: judging a random case, and asserting
// a property. For test programs only (it uses Catch2).
#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "policy/judge.h"
#include "tests/unit/random/describe.h"
#include "tests/unit/random/hostile.h"

namespace random_cases {

inline policy::Verdict judged(const World& w) { return policy::judge(w.e, oracle::policy_of(w)); }
inline bool accepted(const policy::Verdict& v) { return v.decision == policy::Decision::accept; }

// No case breaks the property, and it is about enough of them: one in `one_in`.
inline void check(std::string_view property, std::size_t usual, std::size_t one_in,
                  const std::function<Finding(Random&)>& test) {
  const Result result = run(property, usual, test);
  CHECK(result.broken == 0);
  if (result.cases > 1000) CHECK(result.compared * one_in >= result.cases);
}

inline std::string both(const std::string& what, const World& before, const policy::Verdict& was,
                        const World& after, const policy::Verdict& is) {
  return "  " + what + "\n" + describe(before) + "  = " + describe(was) + "\n  then\n" +
         describe(after) + "  = " + describe(is);
}

}  // namespace random_cases
