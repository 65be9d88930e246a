// SPDX-License-Identifier: BSD-2-Clause
// Whole files. Errors name the path and carry an exit code of sysexits.h.
#pragma once

#include <string>

#include "util/result.h"

namespace util {

// The error of a file that can't be read, by errno: 66 where it is not there, else 65.
Error cannot_read(const std::string& path, int cause);

// The file's bytes. Errors: no such file (66), can't be read (65).
Result<std::string> read_file(const std::string& path);

// The same, with "-" for standard input.
Result<std::string> read_input(const std::string& path);

}  // namespace util
