// SPDX-License-Identifier: BSD-2-Clause
#include "ctl/trial.h"

#include "policy/judge.h"
#include "policy/tenants.h"

namespace ctl {

namespace {

using policy::Reason;

policy::Sender candidate_for(const policy::Evidence& evidence, const policy::Platform& platform,
                             const Row& row) {
  policy::Sender sender{.name = "candidate"};
  auto list = [&](policy::TenantKind kind, const std::string& value) {
    if (!value.empty()) sender.tenants.push_back({{platform.name, kind, value}, {}, ""});
  };
  for (const policy::TenantField& field : evidence.tenant_fields)
    list(policy::kind_of(field.source), field.value);
  if (policy::dkim_is_the_evidence(platform)) list(policy::TenantKind::name, row.way.name);
  for (const std::string& signer : row.signers) list(policy::TenantKind::name, signer);
  sender.domains = {row.author};
  sender.settings.entities.set().reset(static_cast<std::size_t>(policy::Entity::internet));
  return sender;
}

policy::Policy policy_for(const policy::Evidence& evidence, const policy::Platform& platform,
                          const policy::Sender& sender) {
  static const policy::TenantSet none_blocked;
  const policy::Ownership owned{.relation = policy::Ownership::Relation::owned,
                                .senders = {&sender}};
  policy::Policy policy;
  policy.blocked = &none_blocked;
  policy.platform = &platform;
  policy.authors.assign(evidence.authors.size(), owned);
  policy.other_identities.resize(evidence.other_identities.size());
  if (evidence.envelope && evidence.envelope->domain == sender.domains.front())
    policy.envelope = owned;
  policy.tenant_listers = {&sender};
  return policy;
}

Level lower(Level level) { return static_cast<Level>(static_cast<int>(level) + 1); }

Mark mark_for(Reason reason) {
  switch (reason) {
    case Reason::origin_denied:  // it names nothing that could be listed
    case Reason::tenant_missing:
      return Mark::missing;
    case Reason::tenant_transit:
      return Mark::transit;
    default:
      return Mark::conflict;
  }
}

bool is_of_spf(Reason reason) {
  return reason == Reason::spf_failed || reason == Reason::spf_unaligned;
}

bool is_of_dkim(Reason reason) {
  return reason >= Reason::dkim_missing && reason <= Reason::dkim_unaligned;
}

}  // namespace

policy::Requirement requirement_of(Level level) {
  if (level == Level::off) return policy::Requirement::off;
  return level == Level::pass ? policy::Requirement::pass : policy::Requirement::aligned;
}

policy::Alignment alignment_of(Level level) {
  return level == Level::aligned_strict ? policy::Alignment::strict : policy::Alignment::relaxed;
}

void try_levels(const policy::Evidence& original, const policy::Platform& platform, Row& row) {
  policy::Evidence evidence = original;
  for (policy::Signature& signature : evidence.signatures) signature.for_log = false;
  policy::Sender sender = candidate_for(evidence, platform, row);
  const policy::Policy policy = policy_for(evidence, platform, sender);
  for (;;) {
    sender.settings.spf = requirement_of(row.spf);
    sender.settings.spf_alignment = alignment_of(row.spf);
    sender.settings.dkim = requirement_of(row.dkim);
    sender.settings.dkim_alignment = alignment_of(row.dkim);
    const policy::Verdict verdict = policy::judge(evidence, policy);
    // What is not known says nothing against a level.
    if (verdict.decision != policy::Decision::reject) return;
    if (is_of_spf(verdict.reason) && row.spf != Level::off) {
      row.spf = lower(row.spf);
    } else if (is_of_dkim(verdict.reason) && row.dkim != Level::off) {
      row.dkim = lower(row.dkim);
    } else {
      row.mark = mark_for(verdict.reason);
      return;
    }
  }
}

}  // namespace ctl
