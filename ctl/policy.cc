// SPDX-License-Identifier: BSD-2-Clause
// tenantctl policy check: every error and warning of a policy, one a line.
#include <cstdio>
#include <ctime>

#include "ctl/command.h"
#include "policy/store/store.h"

namespace ctl {

int policy(const Words& words) {
  constexpr util::Flag flags[] = {config_flag, policy_flag};
  const auto arguments = util::parse_arguments(words, flags, true);
  if (!arguments) return failed(arguments.error());
  const auto& given = arguments->positional;
  if (given.empty() || given.size() > 2 || given[0] != "check")
    return failed({"policy: expected check [SOURCE]", 64});
  const auto settings = daemon_settings(*arguments);
  if (!settings) return failed(settings.error());
  const std::string source = given.size() == 2 ? given[1] : settings->policy;
  const store::Loaded loaded = store::load(source, {.time = std::time(nullptr)});
  for (const store::Finding& finding : loaded.findings)
    std::printf("%s\n", finding.to_string().c_str());
  if (loaded.snapshot != nullptr)
    std::printf("%s: no errors, revision %s\n", source.c_str(),
                loaded.snapshot->revision().c_str());
  return loaded.exit_code;
}

}  // namespace ctl
