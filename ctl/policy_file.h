// SPDX-License-Identifier: BSD-2-Clause
// The policy as the commands need it: loaded for reading, or changed in place. Each error
// has been said on stderr when it comes back as an exit code.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ctl/command.h"
#include "policy/policy.h"
#include "policy/store/edit.h"

namespace ctl {

struct LoadedPolicy {
  std::string source;
  std::string text;  // of a file
  policy::SnapshotPtr snapshot;
};

// The policy of these arguments, or another source. Findings are said.
util::Result<LoadedPolicy> load_policy(const util::Arguments& arguments);
util::Result<LoadedPolicy> load_policy(const std::string& source);

// A domain as it is compared; nothing where the text is no name.
std::optional<std::string> canonical(const std::string& domain);

// The sender of this name, or the one that owns this domain. Errors: malformed (64),
// unknown (66) with the nearest names.
util::Result<const policy::Sender*> sender_of(const std::string& name_or_domain,
                                              const policy::Snapshot& snapshot);
util::Result<std::vector<policy::Tenant>> tenants_of(const std::vector<std::string>& written,
                                                     const policy::Snapshot& snapshot);

// "; did you mean A or B?", or "".
std::string hint(std::string_view word, const std::vector<std::string>& names);

// The flags of every command that changes a policy.
inline constexpr util::Flag dry_run_flag{0, "dry-run", "", false,
                                         "Print the difference and change nothing."};
inline constexpr util::Flag reload_flag{
    0, "reload", "", false, "Let the daemon on this host take the new policy, and wait for it."};

// Changes the policy file under a lock: what `change` makes of it is loaded and, where it
// has no error, put in its place. Says what was changed. Gives the exit code.
using PolicyChange = std::function<util::Result<store::Edited>(const LoadedPolicy& policy)>;
int change_policy(const util::Arguments& arguments, const PolicyChange& change);

}  // namespace ctl
