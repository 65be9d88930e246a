// SPDX-License-Identifier: BSD-2-Clause
// The networks that a domain's own SPF record names, includes aside, and why a policy
// should not list one as the sender's.
#pragma once

#include <string>
#include <vector>

#include "ctl/spf_tree.h"
#include "policy/platform.h"

namespace ctl {

struct OwnNetwork {
  policy::Network network;
  std::string problem;  // "" where it may be the sender's alone
};

// Each once, in the record's order.
std::vector<OwnNetwork> own_networks(const SpfTree& tree,
                                     const std::vector<policy::Platform>& platforms);

}  // namespace ctl
