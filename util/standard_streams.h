// SPDX-License-Identifier: BSD-2-Clause
// Descriptors 0, 1 and 2.
#pragma once

namespace util {

// Opens those that are closed on /dev/null, so that nothing else that the process opens gets
// their numbers, and is then read or written as standard input, output or error. Call it before
// anything is opened. Where /dev/null can't be opened, they stay closed.
void open_standard_streams();

}  // namespace util
