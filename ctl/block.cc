// SPDX-License-Identifier: BSD-2-Clause
// tenantctl block and unblock: tenants that nobody may send from.
#include <algorithm>

#include "ctl/command.h"
#include "ctl/policy_file.h"
#include "util/format.h"

namespace ctl {

namespace {

using util::Result;

int block(const util::Arguments& arguments) {
  return change_policy(arguments, [&](const LoadedPolicy& policy) -> Result<store::Edited> {
    const auto tenants = tenants_of(arguments.positional, *policy.snapshot);
    if (!tenants) return tenants.error();
    return store::block(policy.text, *policy.snapshot, *tenants);
  });
}

int unblock(const util::Arguments& arguments) {
  return change_policy(arguments, [&](const LoadedPolicy& policy) -> Result<store::Edited> {
    const auto tenants = tenants_of(arguments.positional, *policy.snapshot);
    if (!tenants) return tenants.error();
    std::vector<std::string> blocked;
    for (const policy::Tenant& one : policy.snapshot->blocked_tenants())
      blocked.push_back(one.to_string());
    for (const policy::Tenant& tenant : *tenants) {
      const std::string name = tenant.to_string();
      if (std::find(blocked.begin(), blocked.end(), name) == blocked.end())
        return util::Error{util::format("{} is not blocked{}", name, hint(name, blocked)),
                           exit_no_input};
    }
    return store::unblock(policy.text, *policy.snapshot, *tenants);
  });
}

constexpr util::Flag flags[] = {dry_run_flag, reload_flag};

}  // namespace

constexpr Command block_command{
    .name = "block",
    .operands = {"TENANT...", 1},
    .required_flags = "",
    .flags = flags,
    .help = "Deny tenants for every sender.",
    .manual = "They are written to blocked-tenants, which no sender can unset.",
    .example = "tenantctl block microsoft365:attacker.onmicrosoft.com",
    .run = block,
};

constexpr Command unblock_command{
    .name = "unblock",
    .operands = {"TENANT...", 1},
    .required_flags = "",
    .flags = flags,
    .help = "Take tenants from the list of those that are denied for everybody.",
    .manual = "Exit 66 where one of them is not blocked; nothing is changed then.",
    .example =
        "tenantctl block microsoft365:attacker.onmicrosoft.com && tenantctl unblock "
        "microsoft365:attacker.onmicrosoft.com",
    .run = unblock,
};

}  // namespace ctl
