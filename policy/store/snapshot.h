// SPDX-License-Identifier: BSD-2-Clause
// The immutable snapshot of a policy with its indexes: a domain in O(1), a client's
// platform by longest prefix. Internal to policy/store/.
#pragma once

#include <map>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "policy/policy.h"

namespace store {

// What a snapshot is made of.
struct Content {
  std::string revision;
  std::vector<policy::Platform> platforms;
  std::vector<policy::Sender> senders;
  std::vector<policy::Tenant> blocked;
  policy::Mode unknown_senders = policy::Mode::enforce;
};

policy::SnapshotPtr make_snapshot(Content content);

}  // namespace store
