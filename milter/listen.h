// SPDX-License-Identifier: BSD-2-Clause
// The socket that the MTA connects to (spec 8): opened before privileges drop, with
// the mode and group that let a chrooted MTA reach it. Errors carry exit code 69 and
// name the path and the remedy.
#pragma once

#include <string>

#include "milter/evidence/settings.h"
#include "util/result.h"

namespace milter {

// Refuses a socket that is served already, opens it, sets mode and group.
util::Status open_listener(const evidence::Settings& settings);

// Takes the listening socket away, so that new connections are refused while those
// that there are go on. libmilter's own listener notices nothing.
void close_listener(const std::string& socket);

}  // namespace milter
