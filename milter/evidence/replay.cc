// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/replay.h"

#include <algorithm>

#include "milter/evidence/signature_choice.h"
#include "policy/judge.h"

namespace evidence {

using policy::Known;

namespace {

// What the policy would have looked up and the log has under another name, or not at all.
bool is_otherwise(const policy::Evidence& evidence, const std::vector<std::size_t>& needed) {
  return evidence.spf.state == Known::not_asked ||
         std::any_of(needed.begin(), needed.end(), [&](std::size_t i) {
           const policy::Signature& signature = evidence.signatures[i];
           return signature.for_log || signature.state == Known::not_asked;
         });
}

}  // namespace

policy::Verdict judge_again(const policy::Evidence& logged, const policy::Snapshot& snapshot) {
  const policy::Policy policy = snapshot.select(logged);
  const std::vector<std::size_t> needed = choose_signatures(logged, policy, false).needed;
  if (!is_otherwise(logged, needed)) return policy::judge(logged, policy);
  // A result is one for whatever reason it was asked for, and none is something that could
  // still be anything.
  policy::Evidence evidence = logged;
  for (const std::size_t i : needed) {
    policy::Signature& signature = evidence.signatures[i];
    signature.for_log = false;
    if (signature.state == Known::not_asked) signature.state = Known::pending;
  }
  if (evidence.spf.state == Known::not_asked) evidence.spf.state = Known::pending;
  return policy::judge(evidence, policy);
}

}  // namespace evidence
