// SPDX-License-Identifier: BSD-2-Clause
// Whether a milter lives: it is connected to and negotiated with, as an MTA does, so that
// accepting, libmilter's threads and our own first callback have all worked. No message
// is begun. Blocks for as long as the caller allows; any thread.
#pragma once

#include <chrono>
#include <string>

#include "util/result.h"

namespace evidence {

// Done where the milter at this socket (as --socket names it) has answered. An error
// names the socket and what was not as expected (exit code 69).
util::Status answers(const std::string& socket, std::chrono::milliseconds within);

}  // namespace evidence
