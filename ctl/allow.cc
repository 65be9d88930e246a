// SPDX-License-Identifier: BSD-2-Clause
// tenantctl allow and revoke: which tenants may send for a sender.
#include <algorithm>
#include <cstdio>

#include "ctl/command.h"
#include "ctl/policy_file.h"
#include "ctl/seen.h"
#include "util/format.h"

namespace ctl {

namespace {

using util::Error;
using util::format;
using util::Result;

Words tail_of(const util::Arguments& arguments) {
  return {arguments.positional.begin() + 1, arguments.positional.end()};
}

Result<store::Edited> allowed(const util::Arguments& arguments, const LoadedPolicy& policy) {
  const auto sender = sender_of(arguments.positional[0], *policy.snapshot);
  if (!sender) return sender.error();
  const auto tenants = tenants_of(tail_of(arguments), *policy.snapshot);
  if (!tenants) return tenants.error();
  std::vector<store::TenantEntry> entries;
  for (const policy::Tenant& tenant : *tenants) {
    store::TenantEntry entry{tenant, {}, arguments.value("note")};
    if (arguments.has("until")) entry.until = arguments.value("until");
    entries.push_back(std::move(entry));
    const auto& blocked = policy.snapshot->blocked_tenants();
    if (std::find(blocked.begin(), blocked.end(), tenant) != blocked.end())
      std::fprintf(stderr, "warning: %s is blocked for everybody; see \"tenantctl unblock\"\n",
                   tenant.to_string().c_str());
  }
  return store::allow(policy.text, *policy.snapshot, (*sender)->name, entries);
}

int allow(const util::Arguments& arguments) {
  if (arguments.has("until") && !store::is_date(arguments.value("until")))
    return failed({format("--until: found \"{}\", expected a date such as 2027-03-31",
                          arguments.value("until")),
                   exit_usage});
  return change_policy(arguments,
                       [&](const LoadedPolicy& policy) { return allowed(arguments, policy); });
}

// What is known of a tenant that is to be taken away, on stderr.
util::Status warn_of_use(const util::Arguments& arguments, const policy::Sender& sender,
                         const std::vector<policy::Tenant>& tenants) {
  if (!arguments.has("decisions")) return util::Done{};
  const auto seen = tenants_seen(arguments.values("decisions"), sender, tenants);
  if (!seen) return seen.error();
  for (const std::string& line : *seen) std::fprintf(stderr, "warning: %s\n", line.c_str());
  return util::Done{};
}

Result<store::Edited> revoked(const util::Arguments& arguments, const LoadedPolicy& policy) {
  const auto sender = sender_of(arguments.positional[0], *policy.snapshot);
  if (!sender) return sender.error();
  const auto tenants = tenants_of(tail_of(arguments), *policy.snapshot);
  if (!tenants) return tenants.error();
  std::vector<std::string> listed;
  for (const policy::ListedTenant& one : (*sender)->tenants)
    listed.push_back(one.tenant.to_string());
  for (const policy::Tenant& tenant : *tenants) {
    const std::string name = tenant.to_string();
    if (std::find(listed.begin(), listed.end(), name) == listed.end())
      return Error{
          format("the sender {} does not list {}{}", (*sender)->name, name, hint(name, listed)),
          exit_no_input};
  }
  if (const util::Status warned = warn_of_use(arguments, **sender, *tenants); !warned)
    return warned.error();
  return store::revoke(policy.text, *policy.snapshot, (*sender)->name, *tenants);
}

int revoke(const util::Arguments& arguments) {
  return change_policy(arguments,
                       [&](const LoadedPolicy& policy) { return revoked(arguments, policy); });
}

constexpr util::Flag allow_flags[] = {
    {0, "until", "DATE", false, "The last day, UTC, on which the tenants count."},
    {0, "note", "TEXT", false, "A note for the reader of the policy."},
    dry_run_flag,
    reload_flag,
};

constexpr util::Flag revoke_flags[] = {
    {0, "decisions", "FILE", true,
     "A decision log: say how much mail the tenants sent for the sender."},
    dry_run_flag,
    reload_flag,
};

}  // namespace

constexpr Command allow_command{
    .name = "allow",
    .operands = {"NAME-OR-DOMAIN TENANT...", 2},
    .required_flags = "",
    .flags = allow_flags,
    .help = "Let tenants send for a sender.",
    .manual =
        "The tenants are written at the end of the sender's list; every other byte of the policy "
        "file stays. The new file is checked before it takes the old one's place, as a whole. A "
        "tenant that is listed already gets the new date and note.",
    .example =
        "tenantctl allow contoso.com microsoft365:fabrikam.onmicrosoft.com --until "
        "2027-03-31 --note migration",
    .run = allow,
};

constexpr Command revoke_command{
    .name = "revoke",
    .operands = {"NAME-OR-DOMAIN TENANT...", 2},
    .required_flags = "",
    .flags = revoke_flags,
    .help = "Take tenants from a sender's list.",
    .manual = "Exit 66 where the sender does not list one of them; nothing is changed then.",
    .example = "tenantctl revoke contoso microsoft365:contoso.onmicrosoft.com --dry-run",
    .run = revoke,
};

}  // namespace ctl
