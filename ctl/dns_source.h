// SPDX-License-Identifier: BSD-2-Clause
// Where a command's DNS comes from: --dns-from, or name servers as the configuration says.
#pragma once

#include <memory>

#include "milter/evidence/dns.h"
#include "milter/evidence/settings.h"
#include "util/arguments.h"
#include "util/result.h"

namespace ctl {

inline constexpr util::Flag dns_from_flag{
    0, "dns-from", "ZONEFILE", false,
    "Zone text (RFC 1035 5.1) to answer from, in place of DNS; other names don't exist."};

util::Result<std::unique_ptr<evidence::Resolver>> resolver_for(const util::Arguments& arguments,
                                                               const evidence::Settings& settings);

}  // namespace ctl
