// SPDX-License-Identifier: BSD-2-Clause
// Which user the daemon runs as (spec 8, --user), and how many descriptors it may have.
// Errors carry exit code 78.
#pragma once

#include <sys/types.h>

#include <string>

#include "util/result.h"

namespace milter {

struct SystemIdentity {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
};

// USER or USER:GROUP.
util::Result<SystemIdentity> find_identity(const std::string& user);

// Groups, group, user and all capabilities, for good: what could be regained is an error.
util::Status drop_privileges(const SystemIdentity& identity);

// So many that neither the connections of the MTA nor the resolver's run out; logs a
// warning where the system gives fewer. Before privileges are dropped.
void raise_descriptor_limit(std::size_t connections);

}  // namespace milter
