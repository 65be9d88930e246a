// SPDX-License-Identifier: BSD-2-Clause
// Checks 4 to 8 and 11: the tenant that the platform says it is, and the way by
// which the message reached it (spec 6). They ask nothing of a sender whose own
// login or network it was.
#include <algorithm>

#include "policy/checks.h"
#include "policy/tenants.h"

namespace policy {

namespace {

constexpr std::size_t max_platform_signatures = 10;  // spec 6

TenantView tenant_of(const Platform& platform, const TenantField& field) {
  return {platform.name, kind_of(field.source), field.value};
}

TenantView connecting_tenant(const Platform& platform, const ConnectingTenant& connecting) {
  return {platform.name, TenantKind::guid, connecting.guid};
}

std::string said(const TenantField& field) {
  return std::string(info(field.source).name) + " " +
         (field.value.empty() ? field.seen : field.value);
}

// Whether any of the senders' own domains is what originator-org names (spec 5).
// A domain itself: a name below it may be verified in a tenant of somebody else.
bool names_own_domain(const Asked& asked, const TenantField& field) {
  const auto& domains = asked.sender->domains;
  return std::find(domains.begin(), domains.end(), field.value) != domains.end();
}

bool has_listed_values(const Asked& asked, TenantSource source) {
  const Platform& platform = *asked.policy.platform;
  if (lists_kind(*asked.sender, platform, kind_of(source))) return true;
  return source == TenantSource::originator_org && !asked.sender->domains.empty() &&
         lists_any(*asked.sender, platform);
}

bool names_listed(const Asked& asked, const TenantField& field) {
  if (field.malformed || field.contradictory) return false;
  if (field.source == TenantSource::originator_org && names_own_domain(asked, field)) return true;
  return lists_in_force(*asked.sender, tenant_of(*asked.policy.platform, field),
                        asked.evidence.time);
}

std::vector<SignerEvidence> signers(const Asked& asked) {
  return signer_evidence(asked.evidence, *asked.policy.platform, *asked.sender,
                         asked.policy.blocked);
}

bool any_in(const std::vector<SignerEvidence>& found, CheckState state) {
  return std::any_of(found.begin(), found.end(),
                     [&](const SignerEvidence& signer) { return signer.state == state; });
}

Outcome key_unavailable(const Asked& asked, const std::string& domain) {
  return unavailable(asked.identity, "DKIM key of " + domain);
}

Outcome signer_present(const Asked& asked) {
  const auto found = signers(asked);
  if (any_in(found, CheckState::pass)) return passed();
  if (any_in(found, CheckState::pending)) return pending();
  if (any_in(found, CheckState::unavailable)) return key_unavailable(asked, found.front().domain);
  return failed(Reason::tenant_missing, asked.identity,
                "no signature that proves a tenant of " + asked.policy.platform->name);
}

// The state of a check that fails as soon as one of the signers meant turns out to
// be valid evidence.
template <class Meant>
Outcome none_valid(const Asked& asked, const std::vector<SignerEvidence>& found, Reason reason,
                   Meant meant) {
  Outcome worst = passed();
  for (const SignerEvidence& signer : found) {
    if (!meant(signer)) continue;
    if (signer.state == CheckState::pass)
      return failed(reason, asked.identity, "signed by " + signer.domain);
    if (signer.state == CheckState::pending) worst = pending();
    if (signer.state == CheckState::unavailable && worst.state == CheckState::pass)
      worst = key_unavailable(asked, signer.domain);
  }
  return worst;
}

Outcome signer_listed(const Asked& asked) {
  const auto found = signers(asked);
  const Outcome foreign = none_valid(asked, found, Reason::tenant_denied,
                                     [](const SignerEvidence& signer) { return !signer.listed; });
  if (foreign.state == CheckState::fail) return foreign;
  Outcome listed = failed(Reason::tenant_denied, asked.identity, "no signature of a listed tenant");
  for (const SignerEvidence& signer : found) {
    if (!signer.listed) continue;
    if (signer.state == CheckState::pass) return foreign;
    if (signer.state == CheckState::pending) listed = pending();
    if (signer.state == CheckState::unavailable && listed.state == CheckState::fail)
      listed = key_unavailable(asked, signer.domain);
  }
  const bool may_pass = listed.state != CheckState::fail;
  return may_pass && foreign.state == CheckState::pending ? foreign : listed;
}

bool tells_stamped(const Asked& asked) {
  return asked.way == WayIn::platform && !dkim_is_the_evidence(*asked.policy.platform);
}

Entities accepted_entities(const Asked& asked) {
  if (asked.role == Role::system) return Entities().set(static_cast<std::size_t>(Entity::hosted));
  Entities entities = asked.settings().entities;
  if (asked.role == Role::forwarder) entities.set(static_cast<std::size_t>(Entity::internet));
  return entities;
}

std::optional<Entity> entity_named(std::string_view value) {
  auto is_same = [](char a, char b) {
    auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return lower(a) == lower(b);
  };
  for (const Entity entity : {Entity::hosted, Entity::hybrid_on_prem, Entity::internet}) {
    const std::string_view name = name_of(entity, entity_names);
    if (std::equal(name.begin(), name.end(), value.begin(), value.end(), is_same)) return entity;
  }
  return std::nullopt;
}

Outcome transit(const Asked& asked, std::string seen) {
  return failed(Reason::tenant_transit, asked.identity, std::move(seen));
}

// The connecting tenant is the one that stamped last, or one that the sender lists.
bool connecting_is_own(const Asked& asked) {
  const ConnectingTenant& connecting = asked.evidence.connecting;
  if (connecting.malformed || connecting.contradictory) return false;
  const TenantField* id = field_of(asked.evidence, TenantSource::crosstenant_id);
  if (id != nullptr && !id->malformed && !id->contradictory && id->value == connecting.guid)
    return true;
  return lists_in_force(*asked.sender, connecting_tenant(*asked.policy.platform, connecting),
                        asked.evidence.time);
}

bool hybrid_source_allowed(const Asked& asked) {
  const auto& sources = asked.sender->hybrid_sources;
  const auto& ip = asked.evidence.connecting.ip;
  if (sources.empty()) return true;
  return asked.evidence.connecting.count > 0 && ip &&
         std::any_of(sources.begin(), sources.end(),
                     [&](const Network& network) { return network.contains(*ip); });
}

// How far a signature of a tenant that must not sign has come (check 11).
struct ForeignSignatures {
  Outcome outcome;
  void see(const Asked& asked, const Signature& signature, Reason reason) {
    if (outcome.state == CheckState::fail) return;
    if (signature.state == Known::known && signature.verified)
      outcome = failed(reason, asked.identity, "signed by " + signature.domain.domain);
    else if (signature.state == Known::pending)
      outcome = pending();
    else if (signature.state == Known::unavailable && outcome.state == CheckState::pass)
      outcome = key_unavailable(asked, signature.domain.domain);
  }
};

}  // namespace

// Check 4. A malformed field counts as there.
Outcome check_tenant_present(const Asked& asked) {
  if (asked.way != WayIn::platform) return passed();
  if (dkim_is_the_evidence(*asked.policy.platform)) return signer_present(asked);
  for (const StampedField& stamped : stamped_fields(*asked.policy.platform)) {
    if (field_of(asked.evidence, stamped.source) != nullptr) return passed();
  }
  return failed(Reason::tenant_missing, asked.identity,
                "no field that names a tenant of " + asked.policy.platform->name);
}

// Check 5.
Outcome check_tenant_consistent(const Asked& asked) {
  if (asked.way != WayIn::platform) return passed();
  const Platform& platform = *asked.policy.platform;
  for (const TenantField& field : asked.evidence.tenant_fields) {
    if (field.count == 0 || (!field.malformed && !field.contradictory)) continue;
    return failed(Reason::tenant_conflict, asked.identity,
                  std::string(info(field.source).name) +
                      (field.malformed ? " is malformed: " : " contradicts itself: ") + field.seen);
  }
  const ConnectingTenant& connecting = asked.evidence.connecting;
  if (connecting.count > 0 && (connecting.malformed || connecting.contradictory))
    return failed(Reason::tenant_conflict, asked.identity,
                  std::string("connecting tenant ") +
                      (connecting.malformed ? "is malformed: " : "contradicts itself: ") +
                      connecting.seen);
  const auto below_suffix =
      std::count_if(asked.evidence.signatures.begin(), asked.evidence.signatures.end(),
                    [&](const Signature& signature) {
                      return dkim_tenant(platform, signature.domain.domain).has_value();
                    });
  if (static_cast<std::size_t>(below_suffix) > max_platform_signatures)
    return failed(Reason::tenant_conflict, asked.identity,
                  "more than ten signatures of tenants of " + platform.name);
  return passed();
}

// Check 6.
Outcome check_tenant_not_blocked(const Asked& asked) {
  if (asked.way != WayIn::platform) return passed();
  const Platform& platform = *asked.policy.platform;
  const TenantSet* blocked = asked.policy.blocked;
  for (const TenantField& field : asked.evidence.tenant_fields) {
    if (field.count > 0 && is_blocked(blocked, tenant_of(platform, field)))
      return failed(Reason::tenant_blocked, asked.identity, said(field));
  }
  const ConnectingTenant& connecting = asked.evidence.connecting;
  if (connecting.count > 0 && is_blocked(blocked, connecting_tenant(platform, connecting)))
    return failed(Reason::tenant_blocked, asked.identity, "connecting tenant " + connecting.guid);
  if (!dkim_is_the_evidence(platform)) return passed();
  return none_valid(asked, signers(asked), Reason::tenant_blocked,
                    [](const SignerEvidence& signer) { return signer.blocked; });
}

// Check 7.
Outcome check_tenant_listed(const Asked& asked) {
  if (asked.way != WayIn::platform) return passed();
  if (!tells_stamped(asked)) return signer_listed(asked);
  bool any = false;
  for (const StampedField& stamped : stamped_fields(*asked.policy.platform)) {
    const TenantField* field = field_of(asked.evidence, stamped.source);
    if (field != nullptr && has_listed_values(asked, stamped.source)) {
      if (!names_listed(asked, *field))
        return failed(Reason::tenant_denied, asked.identity, said(*field));
      any = true;
    } else if (field == nullptr && asked.sender->tenant_evidence == TenantEvidence::all &&
               lists_kind(*asked.sender, *asked.policy.platform, kind_of(stamped.source))) {
      return failed(Reason::tenant_denied, asked.identity,
                    "no " + std::string(info(stamped.source).name) + ", and all are required");
    }
  }
  if (any) return passed();
  const TenantField* first =
      asked.evidence.tenant_fields.empty() ? nullptr : &asked.evidence.tenant_fields.front();
  return failed(Reason::tenant_denied, asked.identity,
                first != nullptr ? said(*first) : "no field that names a listed tenant");
}

// Check 8.
Outcome check_entity(const Asked& asked) {
  if (asked.way != WayIn::platform || !stamps_the_way(*asked.policy.platform)) return passed();
  const EntityField& stamped = asked.evidence.entity;
  const Entities accepted = accepted_entities(asked);
  auto accepts = [&](Entity entity) { return accepted.test(static_cast<std::size_t>(entity)); };
  if (stamped.count > 1) return transit(asked, "the entity is stamped more than once");
  std::optional<Entity> entity = Entity::unstamped;
  if (stamped.count == 1) entity = entity_named(stamped.value);
  if (!entity || !accepts(*entity))
    return transit(asked, stamped.count == 1 ? "entity " + stamped.value : "no entity is stamped");
  const ConnectingTenant& connecting = asked.evidence.connecting;
  if (connecting.count > 0 && !connecting_is_own(asked))
    return transit(asked, "connecting tenant " +
                              (connecting.guid.empty() ? connecting.seen : connecting.guid));
  if (entity == Entity::hybrid_on_prem && !hybrid_source_allowed(asked))
    return transit(
        asked, "connecting address " + (connecting.ip ? connecting.ip->to_string() : "missing"));
  return passed();
}

// Check 11. A forwarder answers for blocked tenants only.
Outcome check_signatures(const Asked& asked) {
  const Platform* platform = asked.policy.platform;
  if (asked.way != WayIn::platform || platform->dkim_suffix.empty()) return passed();
  const bool lists_names =
      asked.role != Role::forwarder && lists_dkim_name(*asked.sender, *platform);
  ForeignSignatures blocked;
  ForeignSignatures unlisted;
  for (const Signature& signature : asked.evidence.signatures) {
    const std::string& domain = signature.domain.domain;
    if (!dkim_tenant(*platform, domain)) continue;
    if (signer_is_blocked(asked.policy.blocked, *platform, domain))
      blocked.see(asked, signature, Reason::tenant_blocked);
    else if (lists_names && !lists_signer(*asked.sender, *platform, domain, asked.evidence.time))
      unlisted.see(asked, signature, Reason::tenant_denied);
  }
  const CheckState barred = blocked.outcome.state;
  if (barred == CheckState::fail || barred == CheckState::pending) return blocked.outcome;
  if (unlisted.outcome.state != CheckState::pass) return unlisted.outcome;
  return blocked.outcome;
}

}  // namespace policy
