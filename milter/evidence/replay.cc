// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/replay.h"

#include "milter/evidence/signature_choice.h"
#include "policy/judge.h"

namespace evidence {

using policy::Known;

policy::Verdict judge_again(policy::Evidence evidence, const policy::Snapshot& snapshot) {
  const policy::Policy policy = snapshot.select(evidence);
  // What this policy would have looked up: a result is one for whatever reason it was asked
  // for, and none is something that could still be anything.
  for (const std::size_t i : choose_signatures(evidence, policy, false).needed) {
    policy::Signature& signature = evidence.signatures[i];
    signature.for_log = false;
    if (signature.state == Known::not_asked) signature.state = Known::pending;
  }
  if (evidence.spf.state == Known::not_asked) evidence.spf.state = Known::pending;
  return policy::judge(evidence, policy);
}

}  // namespace evidence
