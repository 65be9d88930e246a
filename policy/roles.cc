// SPDX-License-Identifier: BSD-2-Clause
#include "policy/roles.h"

#include <algorithm>

#include "policy/checks.h"
#include "policy/tenants.h"

namespace policy {

namespace {

using Relation = Ownership::Relation;

bool same_without_case(std::string_view a, std::string_view b) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

void add(Roles& roles, const std::vector<const Sender*>& candidates, const std::string& identity,
         std::optional<std::size_t> author) {
  auto known =
      std::find_if(roles.responsible.begin(), roles.responsible.end(),
                   [&](const Responsible& group) { return group.candidates == candidates; });
  if (known == roles.responsible.end()) {
    roles.responsible.push_back({candidates, Role::owner, identity, {}});
    known = roles.responsible.end() - 1;
  }
  if (author) known->authors.push_back(*author);
}

// The senders of all author domains, and of each other identity that is, or lies
// below, a configured domain (spec 6).
void add_owners(Roles& roles, const Evidence& evidence, const Policy& policy) {
  for (std::size_t i = 0; i < evidence.authors.size(); ++i) {
    if (policy.authors[i].relation == Relation::owned)
      add(roles, policy.authors[i].senders, evidence.authors[i].domain, i);
  }
  auto add_other = [&](const Identity& identity, const Ownership& ownership) {
    if (ownership.relation != Relation::none)
      add(roles, ownership.senders, identity.domain, std::nullopt);
  };
  if (evidence.envelope) add_other(*evidence.envelope, policy.envelope);
  for (std::size_t i = 0; i < evidence.other_identities.size(); ++i)
    add_other(evidence.other_identities[i], policy.other_identities[i]);
}

// The tenant listers that check 7 lets through, in order of name, by what is known.
struct Listers {
  std::vector<const Sender*> passing;
  std::vector<const Sender*> open;  // pending or unavailable
  CheckState open_state = CheckState::pass;
};

template <class Wanted>
Listers listers(const Evidence& evidence, const Policy& policy, const Roles& roles, Wanted wanted) {
  Listers found;
  for (const Sender* sender : policy.tenant_listers) {
    if (!wanted(*sender) || !lists_any_in_force(*sender, *policy.platform, evidence.time)) continue;
    const Asked asked{.evidence = evidence,
                      .policy = policy,
                      .roles = roles,
                      .sender = sender,
                      .way = WayIn::platform,
                      .identity = {}};
    const CheckState state = check_tenant_listed(asked).state;
    if (state == CheckState::pass) found.passing.push_back(sender);
    if (state != CheckState::pending && state != CheckState::unavailable) continue;
    found.open.push_back(sender);
    if (found.open_state != CheckState::pending) found.open_state = state;
  }
  return found;
}

// Whether the sender owns the envelope, Sender or Resent-From domain.
bool owns_handover(const Evidence& evidence, const Policy& policy, const Sender* sender) {
  auto owns = [&](const Ownership& ownership) {
    return ownership.relation == Relation::owned &&
           std::find(ownership.senders.begin(), ownership.senders.end(), sender) !=
               ownership.senders.end();
  };
  if (evidence.envelope && owns(policy.envelope)) return true;
  for (std::size_t i = 0; i < evidence.other_identities.size(); ++i) {
    const std::string& domain = evidence.other_identities[i].domain;
    const bool hands_over = domain == evidence.sender_domain ||
                            std::find(evidence.resent_from.begin(), evidence.resent_from.end(),
                                      domain) != evidence.resent_from.end();
    if (hands_over && owns(policy.other_identities[i])) return true;
  }
  return false;
}

// What of the signatures this sender's check 7 goes by: where two senders' are the same,
// both pass it or neither does.
std::vector<std::pair<std::string, bool>> signers_of(const Evidence& evidence, const Policy& policy,
                                                     const Sender& sender) {
  std::vector<std::pair<std::string, bool>> signers;
  for (const SignerEvidence& one :
       signer_evidence(evidence, *policy.platform, sender, policy.blocked))
    signers.emplace_back(one.domain, one.listed);
  return signers;
}

// Those that may yet be the only forwarder, or the one that owns where the message was
// handed over.
std::vector<const Sender*> possible_forwarders(const Evidence& evidence, const Policy& policy,
                                               const std::vector<const Sender*>& senders) {
  std::vector<std::vector<std::pair<std::string, bool>>> signers;
  for (const Sender* sender : senders) signers.push_back(signers_of(evidence, policy, *sender));
  std::vector<const Sender*> possible;
  for (std::size_t i = 0; i < senders.size(); ++i) {
    const bool has_twin = std::count(signers.begin(), signers.end(), signers[i]) > 1;
    if (!has_twin || owns_handover(evidence, policy, senders[i])) possible.push_back(senders[i]);
  }
  return possible;
}

void add_forwarder(Roles& roles, const Evidence& evidence, const Sender* forwarder) {
  roles.forwarded = true;
  roles.forwarders = {forwarder};
  add(roles, roles.forwarders, evidence.authors.front().domain, std::nullopt);
}

// Spec 6, "Forwarding". True where it is settled that there is a forwarder, or open.
bool assign_forwarder(Roles& roles, const Evidence& evidence, const Policy& policy) {
  const Listers found = listers(evidence, policy, roles, [](const Sender& sender) {
    return sender.forwarding == Forwarding::allow;
  });
  std::vector<const Sender*> forwarders = found.passing;
  if (!found.open.empty()) {
    forwarders.insert(forwarders.end(), found.open.begin(), found.open.end());
    roles.forwarders = possible_forwarders(evidence, policy, forwarders);
    if (roles.forwarders.empty()) return false;
    roles.authors_known = found.open_state;
    return true;
  }
  if (forwarders.size() > 1) {
    std::erase_if(forwarders,
                  [&](const Sender* sender) { return !owns_handover(evidence, policy, sender); });
  }
  if (forwarders.size() != 1) return false;
  add_forwarder(roles, evidence, forwarders.front());
  return true;
}

// Spec 6, "System mail". As above.
bool assign_system_sender(Roles& roles, const Evidence& evidence, const Policy& policy) {
  if (!evidence.null_sender || !evidence.system_mail) return false;
  const Listers found = listers(evidence, policy, roles, [](const Sender&) { return true; });
  const Sender* first = found.passing.empty() ? nullptr : found.passing.front();
  if (!found.open.empty() && (first == nullptr || found.open.front()->name < first->name)) {
    roles.authors_known = found.open_state;
    return true;
  }
  if (first == nullptr) return false;
  roles.system_mail = true;
  roles.responsible.push_back({{first}, Role::system, evidence.authors.front().domain, {}});
  return true;
}

}  // namespace

bool belongs_to_platform(const Evidence& evidence, const Policy& policy) {
  return policy.platform != nullptr &&
         (policy.platform->client_certificate.empty() ||
          same_without_case(policy.platform->client_certificate, evidence.certificate));
}

WayIn way_in(const Evidence& evidence, const Policy& policy, const Sender& sender) {
  const bool has_login =
      !evidence.login.empty() &&
      std::find(sender.logins.begin(), sender.logins.end(), evidence.login) != sender.logins.end();
  if (has_login) return WayIn::login;
  // An address of a platform without its certificate is no way in (spec 4).
  if (policy.platform != nullptr && !belongs_to_platform(evidence, policy)) return WayIn::none;
  const bool in_network =
      evidence.client &&
      std::any_of(sender.networks.begin(), sender.networks.end(),
                  [&](const Network& network) { return network.contains(*evidence.client); });
  if (in_network) return WayIn::network;
  if (policy.platform != nullptr && lists_any_in_force(sender, *policy.platform, evidence.time))
    return WayIn::platform;
  return WayIn::none;
}

Roles assign_roles(const Evidence& evidence, const Policy& policy) {
  Roles roles;
  add_owners(roles, evidence, policy);
  auto is_relation = [&](Relation relation) {
    return [relation](const Ownership& ownership) { return ownership.relation == relation; };
  };
  if (std::all_of(policy.authors.begin(), policy.authors.end(), is_relation(Relation::owned)))
    return roles;
  const bool all_unknown =
      std::all_of(policy.authors.begin(), policy.authors.end(), is_relation(Relation::none));
  const bool stands_in =
      all_unknown && belongs_to_platform(evidence, policy) &&
      (assign_forwarder(roles, evidence, policy) || assign_system_sender(roles, evidence, policy));
  if (!stands_in) roles.authors_known = CheckState::fail;
  return roles;
}

}  // namespace policy
