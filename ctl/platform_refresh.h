// SPDX-License-Identifier: BSD-2-Clause
// platforms.toml as the platforms' own SPF records would have it today, and how lists of
// platforms differ.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "milter/evidence/dns.h"
#include "policy/store/platform_list.h"
#include "util/result.h"

namespace ctl {

// A line for each network, and each other thing, that one list has and the other has not or
// has otherwise: "microsoft365: added 192.0.2.0/24".
std::vector<std::string> differences(const std::vector<store::ListedPlatform>& before,
                                     const std::vector<store::ListedPlatform>& after);

// The list, its text included, with the networks of every platform that names an SPF record,
// and with this date. Networks keep their order; text that need not change stays as it is.
// Errors: DNS gave no answer (75); a record that is not there, or can't be read whole (65).
util::Result<store::PlatformList> refreshed(const store::PlatformList& list, std::string_view date,
                                            evidence::Resolver& resolver,
                                            std::chrono::milliseconds budget);

}  // namespace ctl
