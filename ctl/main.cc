// SPDX-License-Identifier: BSD-2-Clause
// tenantctl: the operator's tool.
#include <csignal>
#include <exception>

#include "ctl/command.h"
#include "util/format.h"
#include "util/standard_streams.h"

int main(int argc, char** argv) {
  util::open_standard_streams();
  // A limit on the size of files is an error to be reported, as a full disk is.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    return ctl::run({argv + 1, argv + argc});
  } catch (const std::exception& exception) {
    return ctl::failed({util::format("internal fault: {}", exception.what()), ctl::exit_software});
  }
}
