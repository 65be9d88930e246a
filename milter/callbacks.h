// SPDX-License-Identifier: BSD-2-Clause
// libmilter behind one file: callbacks that only translate between its types and
// Session. An exception in one becomes a tempfail, a log line and no more.
#pragma once

#include <string>

#include "milter/state.h"
#include "util/result.h"

namespace milter {

// Registers the filter and opens its socket. Call once, before privileges drop; an
// existing socket file is taken over (listen.h tells whether somebody serves it).
util::Status open_socket(const std::string& socket);

// Serves sessions until the process ends; false where libmilter gave up. Runs in a
// thread of its own: libmilter's signal thread would end the process on SIGHUP.
bool serve(State& state);

}  // namespace milter
