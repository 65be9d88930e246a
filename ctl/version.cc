// SPDX-License-Identifier: BSD-2-Clause
// tenantctl version.
#include "version.h"

#include <cstdio>

#include "ctl/command.h"

namespace ctl {

namespace {

int print_version(const util::Arguments&) { return std::printf("tenantctl %s\n", version) < 0; }

}  // namespace

constexpr Command version_command{
    .name = "version",
    .operands = {"", 0, 0},
    .required_flags = "",
    .flags = {},
    .help = "Print the version.",
    .manual = "",
    .example = "tenantctl version",
    .run = print_version,
};

}  // namespace ctl
