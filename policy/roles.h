// SPDX-License-Identifier: BSD-2-Clause
// Who answers for a message (spec 6, "Responsible senders", "Forwarding", "System
// mail") and by which way it came in for each of them (spec 4). Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "policy/evidence.h"
#include "policy/policy.h"
#include "policy/verdict.h"

namespace policy {

enum class WayIn { none, login, network, platform };

// In which capacity a sender is judged: forwarders and senders of system mail are
// judged by other entities (check 8), forwarders not by what they list (check 11).
enum class Role { owner, forwarder, system };

// Senders of which any one will do: one, but for a platform name that several list.
struct Responsible {
  std::vector<const Sender*> candidates;  // by name
  Role role = Role::owner;
  std::string identity;              // the first domain for which they answer
  std::vector<std::size_t> authors;  // indices into evidence.authors
};

struct Roles {
  std::vector<Responsible> responsible;
  // What check 2 says: whether every author has a sender, a forwarder or a sender of
  // system mail.
  CheckState authors_known = CheckState::pass;
  // The forwarder, once it is settled; while that is open, all that may become it.
  std::vector<const Sender*> forwarders;
  bool forwarded = false;
  bool system_mail = false;
};

Roles assign_roles(const Evidence& evidence, const Policy& policy);

// Whether the client belongs to the platform of its address: the certificate is the
// one that the platform asks for, if it asks for one.
bool belongs_to_platform(const Evidence& evidence, const Policy& policy);

WayIn way_in(const Evidence& evidence, const Policy& policy, const Sender& sender);

}  // namespace policy
