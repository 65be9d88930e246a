// SPDX-License-Identifier: BSD-2-Clause
// tenantctl policy check: every error and warning of a policy, one a line.
#include <cstdio>
#include <ctime>

#include "ctl/command.h"
#include "policy/store/store.h"

namespace ctl {

namespace {

int policy_check(const util::Arguments& arguments) {
  const auto settings = daemon_settings(arguments);
  if (!settings) return failed(settings.error());
  const auto& given = arguments.positional;
  const std::string source = given.empty() ? settings->policy : given[0];
  const store::Loaded loaded = store::load(source, {.time = std::time(nullptr)});
  std::fputs(loaded.report(source).c_str(), stdout);
  return loaded.exit_code;
}

}  // namespace

constexpr Command policy_check_command{
    .name = "policy check",
    .operands = {"[SOURCE]", 0, 1},
    .required_flags = "",
    .flags = {},
    .help = "Print every error and warning of a policy.",
    .manual =
        "Each with file, line, column, what was found and what was expected. Exit 65 where "
        "there is an error; a policy with one is never loaded.",
    .example = "tenantctl policy check /etc/tenant-milter/policy.toml",
    .run = policy_check,
};

}  // namespace ctl
