// SPDX-License-Identifier: BSD-2-Clause
// Changes of a policy text in place (spec 9): every byte that a change does not mean
// stays. Each result has been parsed again and compared: it says what the old text says,
// the change aside. Errors carry 65 and name the line that can't be edited. Any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/policy.h"
#include "util/result.h"

namespace store {

// One tenant as the command line or a list writes it.
struct TenantEntry {
  policy::Tenant tenant;
  std::optional<std::string> until;  // YYYY-MM-DD
  std::string note;
};

// As an element of a list.
std::string written(const TenantEntry& entry);

// "PLATFORM:VALUE" in canonical form. Errors: no tenant of this policy's platforms (64).
util::Result<policy::Tenant> tenant_of(std::string_view written, const policy::Snapshot& snapshot);

struct SenderEntry {
  std::string name;
  std::vector<std::string> domains;
  std::vector<TenantEntry> tenants;
  std::vector<std::string> networks;
  std::vector<std::string> logins;
  std::vector<std::pair<std::string, std::string>> words;  // key and value: mode, spf, ...
};

// A changed text, and what it changed, one thing a line; the same text where nothing.
struct Edited {
  std::string text;
  std::vector<std::string> changes;
};

// A sender's tenants: added at the end of the list, or where listed already, with the new
// date and note; taken out in every form. `snapshot` is that of the text.
util::Result<Edited> allow(const std::string& text, const policy::Snapshot& snapshot,
                           const std::string& sender, const std::vector<TenantEntry>& entries);
util::Result<Edited> revoke(const std::string& text, const policy::Snapshot& snapshot,
                            const std::string& sender, const std::vector<policy::Tenant>& tenants);
// The same for blocked-tenants.
util::Result<Edited> block(const std::string& text, const policy::Snapshot& snapshot,
                           const std::vector<policy::Tenant>& tenants);
util::Result<Edited> unblock(const std::string& text, const policy::Snapshot& snapshot,
                             const std::vector<policy::Tenant>& tenants);
// A [[sender]] at the end, from an entry or as it is written; `change` says what it does.
util::Result<Edited> add_sender(const std::string& text, const SenderEntry& entry);
util::Result<Edited> append(const std::string& text, const std::string& block,
                            const std::string& change);
// A sender with its tables, and the comment lines that stand directly above it.
util::Result<Edited> remove_sender(const std::string& text, const std::string& name);

// Whether it is a TOML date, YYYY-MM-DD, of the calendar.
bool is_date(const std::string& text);

// The text as a TOML string.
std::string quoted(std::string_view text);

// A unified diff (POSIX diff -u) of two versions of a file; "" where they are the same.
std::string unified_diff(const std::string& before, const std::string& after,
                         const std::string& name);

}  // namespace store
