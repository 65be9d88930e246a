// SPDX-License-Identifier: BSD-2-Clause
// One command of tenantctl, one file (spec 9). Exit codes of sysexits.h, and the
// command's own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "milter/evidence/settings.h"
#include "util/arguments.h"
#include "util/result.h"

namespace ctl {

using Words = std::vector<std::string>;

int check(const Words& words);
int policy(const Words& words);

// The flags that every call takes: -c and -P.
inline constexpr util::Flag config_flag{'c', "config", true, false};
inline constexpr util::Flag policy_flag{'P', "policy", true, false};

// The daemon's own configuration, under those two flags.
util::Result<evidence::Settings> daemon_settings(const util::Arguments& arguments);

// Says an error on stderr and gives its exit code.
int failed(const util::Error& error);

}  // namespace ctl
