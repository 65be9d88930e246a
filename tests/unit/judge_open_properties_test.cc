// SPDX-License-Identifier: BSD-2-Clause
// Properties of `judge` over random messages and policies (tests/unit/random) of which some
// look-ups are open: an early verdict is the final one, and a missing answer helps nobody.
#include "tests/unit/random/properties.h"

using namespace random_cases;
using policy::Decision;
using policy::Evidence;
using policy::Known;
using policy::Policy;
using policy::Verdict;

namespace {

// All that the look-ups in this state may become.
std::vector<oracle::Completion> completions(Evidence e, Known state) {
  if (e.spf.state == state) e.spf.state = Known::pending;
  for (auto& s : e.signatures) {
    if (s.state == state) s.state = Known::pending;
  }
  return oracle::completions_of_pending(e);
}

// Spec 6: an early refusal "knows of one, and keeps its code" where SPF and DKIM both fail.
bool keeps_its_code(const Verdict& early, const Verdict& later) {
  return early.code == later.code ||
         (later.code == policy::several_failed_code && early.code == info(early.reason).code) ||
         (later.code == policy::several_failed_code && early.code == policy::spf_permerror_code);
}

bool is_final(const Verdict& early, const Verdict& later) {
  if (early.decision != later.decision || early.reason != later.reason) return false;
  if (accepted(early)) return early.forwarded == later.forwarded;
  return early.mode == later.mode && keeps_its_code(early, later);
}

Finding early_is_final(Random& r) {
  World w = random_world(r);
  if (!leave_open(r, w, Known::pending)) return no_matter();
  const Policy p = oracle::policy_of(w);
  const Verdict early = policy::judge(w.e, p);
  if (early.decision == Decision::undecided) return no_matter();
  for (const auto& one : completions(w.e, Known::pending)) {
    const Verdict later = policy::judge(one.e, p);
    if (is_final(early, later)) continue;
    return broken(describe(w) + "  = " + describe(early) + "\n then" + one.words +
                  "\n  = " + describe(later));
  }
  return holds();
}

// Without an answer nothing is accepted that some answer refuses, and nothing is refused for
// good that some answer lets pass.
Finding no_answer_no_help(Random& r) {
  World w = random_world(r);
  if (!leave_open(r, w, Known::unavailable)) return no_matter();
  const Policy p = oracle::policy_of(w);
  const Verdict v = policy::judge(w.e, p);
  for (const auto& one : completions(w.e, Known::unavailable)) {
    const Verdict later = policy::judge(one.e, p);
    const bool kept =
        accepted(v) ? accepted(later) : v.decision == Decision::tempfail || !accepted(later);
    if (kept && v.decision != Decision::undecided) continue;
    return broken(describe(w) + "  = " + describe(v) + "\n then" + one.words +
                  "\n  = " + describe(later));
  }
  return holds();
}

}  // namespace

TEST_CASE("an early verdict is the final one, whatever is pending") {
  check("early", 20'000, 4, early_is_final);
}

TEST_CASE("a missing answer helps nobody and condemns nobody") {
  check("unavailable", 20'000, 2, no_answer_no_help);
}
