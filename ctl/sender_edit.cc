// SPDX-License-Identifier: BSD-2-Clause
// tenantctl sender add and sender remove.
#include "ctl/command.h"
#include "ctl/policy_file.h"
#include "util/format.h"
#include "util/text.h"

namespace ctl {

namespace {

using util::Error;
using util::Result;

// Keys of a sender that are one word each, by the flag of the same name.
constexpr const char* words[] = {"subdomains", "mode", "spf", "dkim", "forwarding"};

Result<store::Edited> added(const util::Arguments& arguments, const LoadedPolicy& policy) {
  store::SenderEntry entry{.name = arguments.positional[0],
                           .domains = arguments.values("domain"),
                           .networks = arguments.values("network"),
                           .logins = arguments.values("login")};
  for (const std::string& domain : entry.domains) {
    if (!canonical(domain))
      return Error{
          util::format("--domain: found \"{}\", expected a domain name", util::shown(domain)),
          exit_usage};
  }
  for (const std::string& network : entry.networks) {
    if (!policy::Network::parse(network))
      return Error{util::format("--network: found \"{}\", expected a network such as 192.0.2.0/24",
                                util::shown(network)),
                   exit_usage};
  }
  const auto tenants = tenants_of(arguments.values("tenant"), *policy.snapshot);
  if (!tenants) return tenants.error();
  for (const policy::Tenant& tenant : *tenants) entry.tenants.push_back({tenant, {}, ""});
  for (const char* word : words) {
    if (!arguments.has(word)) continue;
    const std::string value = arguments.value(word);
    entry.words.emplace_back(word, value == "yes" ? "true" : value);
  }
  return store::add_sender(policy.text, entry);
}

int add(const util::Arguments& arguments) {
  if (!arguments.has("domain"))
    return failed({"--domain is missing: the author domains of the sender", exit_usage});
  return change_policy(arguments,
                       [&](const LoadedPolicy& policy) { return added(arguments, policy); });
}

int remove(const util::Arguments& arguments) {
  return change_policy(arguments, [&](const LoadedPolicy& policy) -> Result<store::Edited> {
    const std::string& name = arguments.positional[0];
    std::vector<std::string> names;
    for (const policy::Sender& sender : policy.snapshot->senders()) {
      if (sender.name == name) return store::remove_sender(policy.text, name);
      names.push_back(sender.name);
    }
    return Error{util::format("no sender \"{}\"{}", name, hint(name, names)), exit_no_input};
  });
}

constexpr util::Flag add_flags[] = {
    {0, "domain", "DOMAIN", true, "An author domain; may be given several times."},
    {0, "subdomains", "", false, "Also every name below the domains."},
    {0, "tenant", "TENANT", true, "A tenant that may send for it."},
    {0, "network", "NETWORK", true, "A network of its own servers."},
    {0, "login", "LOGIN", true, "A SASL login that may send for it."},
    {0, "mode", "enforce|quarantine|tag|monitor", false, "What a refusal does."},
    {0, "spf", "off|pass|aligned", false, "What is required of SPF."},
    {0, "dkim", "off|pass|aligned", false, "What is required of DKIM."},
    {0, "forwarding", "reject|allow", false, "Whether its users may forward foreign mail."},
    dry_run_flag,
    reload_flag,
};

constexpr util::Flag remove_flags[] = {dry_run_flag, reload_flag};

}  // namespace

constexpr Command sender_add_command{
    .name = "sender add",
    .operands = {"NAME", 1, 1},
    .required_flags = "--domain DOMAIN",
    .flags = add_flags,
    .help = "Configure a new sender, at the end of the policy.",
    .manual = "What is not given is left to the defaults.",
    .example =
        "tenantctl sender add fabrikam --domain fabrikam.example --tenant "
        "microsoft365:fabrikam.onmicrosoft.com --spf aligned",
    .run = add,
};

constexpr Command sender_remove_command{
    .name = "sender remove",
    .operands = {"NAME", 1, 1},
    .required_flags = "",
    .flags = remove_flags,
    .help = "Take a sender out of the policy.",
    .manual = "With the comment lines that stand directly above it.",
    .example = "tenantctl sender remove contoso --dry-run",
    .run = remove,
};

}  // namespace ctl
