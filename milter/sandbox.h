// SPDX-License-Identifier: BSD-2-Clause
// What the process may ask of the kernel once it serves (seccomp(2)): no new program or
// process, no new kind of socket, no code that was not there at the start. What an attacker
// would want and the daemon never does ends the process with SIGSYS; anything else that is
// not in the table does not exist for it (ENOSYS), as on an older kernel.
#pragma once

#include "util/result.h"

namespace milter {

// For all threads that there are and those to come; there is no way back. An error, where
// the kernel has no such filter or allows none, leaves everything as it was.
util::Status enter_sandbox();

}  // namespace milter
