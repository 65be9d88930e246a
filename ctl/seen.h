// SPDX-License-Identifier: BSD-2-Clause
// What decision logs know of the tenants of a sender.
#pragma once

#include <string>
#include <vector>

#include "policy/sender.h"
#include "util/result.h"

namespace ctl {

// For each of the tenants that sent for the sender in these logs a sentence with figures.
util::Result<std::vector<std::string>> tenants_seen(const std::vector<std::string>& decisions,
                                                    const policy::Sender& sender,
                                                    const std::vector<policy::Tenant>& tenants);

}  // namespace ctl
