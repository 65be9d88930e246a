// SPDX-License-Identifier: BSD-2-Clause
// Entries of a policy for what was learned and bears no mark.
#pragma once

#include <string>
#include <vector>

#include "ctl/learned.h"

namespace ctl {

// Values of one key that were seen, each with its messages.
using Seen = std::map<std::string, std::uint64_t>;

struct LearnedEntry {
  std::string sender;  // configured already: its name; else one that is free
  bool is_configured = false;
  Seen domains;
  Seen tenants;  // "PLATFORM:VALUE"
  Seen networks;
  Seen logins;
  std::map<std::string, std::vector<const Row*>> platforms;  // rows by platform
  std::vector<const Row*> rows;
};

// By organisation, those of configured senders under the sender. Rows point into `rows`.
std::vector<LearnedEntry> learned_entries(const std::vector<Row>& rows,
                                          const policy::Snapshot& snapshot);

// The entity as the policy spells it.
std::string canonical_entity(const std::string& entity);

// The [[sender]] of a new entry, a comment with figures on each line; of a configured
// sender the commands that would add what it lacks, as comments. "" where it lacks nothing.
std::string entry_text(const LearnedEntry& entry, const policy::Snapshot& snapshot);

}  // namespace ctl
