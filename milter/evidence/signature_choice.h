// SPDX-License-Identifier: BSD-2-Clause
// Which signatures can matter and are looked up (spec 6): below the platform's
// suffix, aligned with an author, in `dkim-domains`; any, where `dkim` asks for any
// or for an aligned one and there is none. Ten at most. Pure; any thread.
#pragma once

#include <cstddef>
#include <vector>

#include "policy/evidence.h"
#include "policy/policy.h"

namespace evidence {

struct SignatureChoice {
  std::vector<std::size_t> needed;   // the verdict may depend on them
  std::vector<std::size_t> for_log;  // author-aligned ones, with a decision log only
};

// Indices into evidence.signatures, the most likely to matter first. Signatures that
// are unreadable or do not sign From are never chosen: they need no look-up.
SignatureChoice choose_signatures(const policy::Evidence& evidence, const policy::Policy& policy,
                                  bool for_log);

}  // namespace evidence
