// SPDX-License-Identifier: BSD-2-Clause
// The keys of a policy file (spec 5): one table for the reader, the manual and the
// tests. Internal to policy/store/.
#pragma once

#include <array>
#include <string_view>

namespace store {

// Where a key may stand.
enum Section : unsigned {
  in_policy = 1,     // at the top
  in_defaults = 2,   // [defaults]
  in_sender = 4,     // [[sender]]
  in_settings = 8,   // [sender.platform.NAME] and [defaults.platform.NAME]
  in_platform = 16,  // [platform.NAME]
  in_tenant = 32,    // { tenant = ... }
  in_network = 64,   // { net = ... }
  // Of platforms.toml:
  in_platform_data = 128,  // at its top
  in_built_in = 256,       // [platform.NAME]
};

struct KeyInfo {
  std::string_view name;
  unsigned sections;
  std::string_view type;  // in words, for findings and the manual
  std::string_view help;
};

inline constexpr unsigned in_all_platforms = in_platform | in_built_in;
inline constexpr unsigned in_all_senders = in_defaults | in_sender;
inline constexpr unsigned in_all_settings = in_defaults | in_sender | in_settings;

inline constexpr std::array<KeyInfo, 36> keys{{
    {"version", in_policy, "the number 1", "the version of this language"},
    {"blocked-tenants", in_policy, "a list of tenants",
     "denied for everybody; nobody can unset it"},
    {"unknown-senders", in_policy, "a mode", "the mode for authors that nobody has configured"},
    {"defaults", in_policy, "a table", "what a sender that says nothing has"},
    {"sender", in_policy, "tables [[sender]]", "the senders"},
    {"platform", in_policy | in_all_senders | in_platform_data, "tables by platform",
     "at the top the platforms themselves; in a sender what differs by platform"},

    {"name", in_sender, "a text", "in logs and reports; unique"},
    {"domains", in_sender, "a list of domains", "the author domains of the sender"},
    {"subdomains", in_all_senders, "true or false", "also every name below the domains"},
    {"tenants", in_sender, "a list of tenants", "which tenants may send for it"},
    {"networks", in_sender | in_all_platforms, "a list of networks",
     "of a sender its own servers; of a platform what it sends from"},
    {"logins", in_sender, "a list of texts", "SASL logins that may send for it"},
    {"mode", in_all_senders, "enforce, quarantine, tag or monitor", "what a refusal does"},
    {"spf", in_all_settings, "off, pass or aligned", "what is required of SPF"},
    {"spf-alignment", in_all_settings, "relaxed or strict", "how SPF has to align"},
    {"dkim", in_all_settings, "off, pass or aligned", "what is required of DKIM"},
    {"dkim-alignment", in_all_settings, "relaxed or strict", "how a signature has to align"},
    {"dkim-domains", in_sender, "a list of domains",
     "only signatures with such a d= count for the DKIM check"},
    {"entities", in_all_settings, "a list of Hosted, HybridOnPrem, Internet or unstamped",
     "where Microsoft says the message was born"},
    {"hybrid-sources", in_sender, "a list of networks",
     "with HybridOnPrem: the connecting addresses that may be"},
    {"tenant-evidence", in_all_senders, "any or all",
     "all: a sender that lists a name and a GUID needs both"},
    {"forwarding", in_all_senders, "reject or allow",
     "allow: mail of foreign authors that the sender's users forward"},
    {"delegates", in_sender, "a list of sender names",
     "senders that may own names below these domains"},

    {"client-certificate", in_all_platforms, "a text",
     "the CN of the platform's client certificate"},
    {"tenant-header", in_all_platforms, "a field name", "the field that names the tenant"},
    {"tenant-dkim-suffix", in_all_platforms, "a domain", "d= below it names the tenant"},
    {"dkim-max-age", in_all_platforms, "a time such as \"3d\"",
     "how old a signature may be that is the only evidence"},
    {"system-local-parts", in_all_platforms, "a list of texts",
     "from which local parts, below tenant-dkim-suffix, the platform itself writes its reports"},

    {"tenant", in_tenant, "a tenant", "PLATFORM:VALUE"},
    {"until", in_tenant, "a date", "the last day, UTC, on which the tenant counts"},
    {"note", in_tenant, "a text", "for the reader"},
    {"net", in_network, "a network", "ADDRESS/PREFIX"},
    {"shared-ok", in_network, "true or false", "the network is meant, shared or wide as it is"},

    {"date", in_platform_data, "a date", "when the data was last compared with its source"},
    {"kind", in_built_in, "microsoft365, google, salesforce or custom",
     "which stamps the platform speaks"},
    {"spf", in_built_in, "a list of domains", "whose SPF records list the platform's networks"},
}};

}  // namespace store
