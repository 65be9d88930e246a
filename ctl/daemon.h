// SPDX-License-Identifier: BSD-2-Clause
// The daemon that runs on this host under these settings.
#pragma once

#include "milter/evidence/settings.h"
#include "milter/evidence/status.h"
#include "util/result.h"

namespace ctl {

// Errors: none that this user can see serves the socket (69).
util::Result<evidence::DaemonStatus> running_daemon(const evidence::Settings& settings);

// SIGHUP, and waits for what becomes of it. Says it; gives the exit code: 0, or 69 where
// no daemon runs or the old policy stays.
int reload_daemon(const evidence::Settings& settings);

}  // namespace ctl
