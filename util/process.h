// SPDX-License-Identifier: BSD-2-Clause
// Other programs, run by an argument vector and never by a shell. Blocks until the
// program has ended; not for a process with other threads that wait for children.
#pragma once

#include <string>
#include <vector>

#include "util/result.h"

namespace util {

struct Ended {
  int status = 0;      // its exit status; 128 and the signal's number where one ended it
  std::string output;  // what it wrote to standard output
  std::string errors;  // and to standard error
};

// The path of a program, in PATH or else in one of these directories; "" where there is none.
std::string find_program(const std::string& name, const std::vector<std::string>& directories);

// Runs `words[0]`, a path, with nothing on standard input. An error says why it could not
// be begun (exit code 69).
Result<Ended> run_program(const std::vector<std::string>& words);

}  // namespace util
