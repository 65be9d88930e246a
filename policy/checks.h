// SPDX-License-Identifier: BSD-2-Clause
// The eleven checks (spec 6): functions of one signature in one ordered array; the
// index in the array, from 1, is the number in the log. Internal to policy/.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "policy/evidence.h"
#include "policy/policy.h"
#include "policy/roles.h"
#include "policy/verdict.h"

namespace policy {

struct Words {
  std::string identity;  // the domain that failed
  std::string seen;      // what was seen
};

// What one check says. A failed or unavailable one carries its reason, reply and words; others,
// of which there are dozens a message, carry nothing that has to be made or copied.
struct Outcome {
  CheckState state = CheckState::pass;
  Reason reason = Reason::none;
  ReplyCode code;
  std::shared_ptr<const Words> words;
};

// What a check is asked about: the message, and under which sender.
struct Asked {
  const Evidence& evidence;
  const Policy& policy;
  const Roles& roles;
  // For checks 3 to 11:
  const Sender* sender = nullptr;
  Role role = Role::owner;
  WayIn way = WayIn::none;
  std::string_view identity;  // for which the sender answers
  std::size_t author = 0;     // checks 9 and 10: index into evidence.authors

  const PlatformSettings& settings() const { return sender->settings_for(policy.platform->name); }
};

enum class CheckScope { message, responsible, author };

struct CheckInfo {
  int number;
  CheckScope scope;
  Outcome (*run)(const Asked&);
};

Outcome check_author(const Asked&);
Outcome check_sender(const Asked&);
Outcome check_origin(const Asked&);
Outcome check_tenant_present(const Asked&);
Outcome check_tenant_consistent(const Asked&);
Outcome check_tenant_not_blocked(const Asked&);
Outcome check_tenant_listed(const Asked&);
Outcome check_entity(const Asked&);
Outcome check_spf(const Asked&);
Outcome check_dkim(const Asked&);
Outcome check_signatures(const Asked&);

inline constexpr std::array<CheckInfo, check_count> checks{{
    {1, CheckScope::message, check_author},
    {2, CheckScope::message, check_sender},
    {3, CheckScope::responsible, check_origin},
    {4, CheckScope::responsible, check_tenant_present},
    {5, CheckScope::responsible, check_tenant_consistent},
    {6, CheckScope::responsible, check_tenant_not_blocked},
    {7, CheckScope::responsible, check_tenant_listed},
    {8, CheckScope::responsible, check_entity},
    {9, CheckScope::author, check_spf},
    {10, CheckScope::author, check_dkim},
    {11, CheckScope::responsible, check_signatures},
}};

// Makers of outcomes.
inline Outcome passed() { return {}; }
inline Outcome pending() {
  return {.state = CheckState::pending, .reason = {}, .code = {}, .words = {}};
}
Outcome failed(Reason reason, std::string_view identity, std::string seen);
Outcome unavailable(std::string_view identity, std::string seen,
                    ReplyCode code = info(Reason::dns_unavailable).code);

}  // namespace policy
