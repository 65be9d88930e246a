// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/signature_choice.h"

#include <algorithm>

#include "policy/roles.h"
#include "policy/tenants.h"

namespace evidence {

namespace {

// Of the platform's tenants, and besides of all others (spec 6): neither crowds out the
// other.
constexpr std::size_t max_chosen = 10;

using policy::Requirement;
using policy::Sender;
using policy::Signature;

// What the senders of the authors ask of signatures, all together.
struct Wanted {
  bool any = false;                  // dkim = "pass"
  bool aligned = false;              // dkim = "aligned"
  std::vector<std::string> domains;  // dkim-domains
};

Wanted wanted_by(const policy::Policy& policy) {
  Wanted wanted;
  for (const policy::Ownership& ownership : policy.authors) {
    if (ownership.relation != policy::Ownership::Relation::owned) continue;
    for (const Sender* sender : ownership.senders) {
      const Requirement dkim = sender->settings_for(policy.platform->name).dkim;
      wanted.any = wanted.any || dkim == Requirement::pass;
      wanted.aligned = wanted.aligned || dkim == Requirement::aligned;
      if (dkim != Requirement::off)
        wanted.domains.insert(wanted.domains.end(), sender->dkim_domains.begin(),
                              sender->dkim_domains.end());
    }
  }
  return wanted;
}

bool is_aligned_relaxed(const Signature& signature, const policy::Evidence& evidence) {
  return std::any_of(
      evidence.authors.begin(), evidence.authors.end(), [&](const policy::Identity& author) {
        return policy::is_aligned(signature.domain, author, policy::Alignment::relaxed);
      });
}

// As a sender of the author asks for it.
bool is_aligned_as_asked(const Signature& signature, const policy::Evidence& evidence,
                         const policy::Policy& policy) {
  for (std::size_t i = 0; i < policy.authors.size(); ++i) {
    for (const Sender* sender : policy.authors[i].senders) {
      const auto alignment = sender->settings_for(policy.platform->name).dkim_alignment;
      if (policy::is_aligned(signature.domain, evidence.authors[i], alignment)) return true;
    }
  }
  return false;
}

// Whether the platform's tenant may be named by this d=.
bool names_tenant(const Signature& signature, const policy::Policy& policy) {
  const policy::Platform& platform = *policy.platform;
  const std::string& domain = signature.domain.domain;
  if (policy::dkim_tenant(platform, domain)) return true;
  if (!policy::dkim_is_the_evidence(platform)) return false;
  auto mentions = [&](const Sender* sender) {
    return policy::mentions_signer(*sender, platform, domain);
  };
  auto owner_mentions = [&](const policy::Ownership& ownership) {
    return std::any_of(ownership.senders.begin(), ownership.senders.end(), mentions);
  };
  return policy::signer_is_blocked(policy.blocked, platform, domain) ||
         std::any_of(policy.tenant_listers.begin(), policy.tenant_listers.end(), mentions) ||
         std::any_of(policy.authors.begin(), policy.authors.end(), owner_mentions);
}

bool can_verify(const Signature& signature) {
  return signature.fault != policy::SignatureFault::names && !signature.domain.domain.empty() &&
         signature.signs_from;
}

class Chooser {
 public:
  explicit Chooser(const policy::Evidence& evidence) : evidence_(evidence) {}

  // Those from now on are counted anew.
  void count_anew() { counted_from_ = chosen_.size(); }

  template <class Which>
  void add(Which which) {
    for (std::size_t i = 0; i < evidence_.signatures.size(); ++i) {
      if (chosen_.size() - counted_from_ == max_chosen) return;
      const Signature& signature = evidence_.signatures[i];
      const bool is_new = std::find(chosen_.begin(), chosen_.end(), i) == chosen_.end();
      if (is_new && can_verify(signature) && which(signature)) chosen_.push_back(i);
    }
  }
  std::vector<std::size_t> take() { return std::move(chosen_); }

 private:
  const policy::Evidence& evidence_;
  std::vector<std::size_t> chosen_;
  std::size_t counted_from_ = 0;
};

}  // namespace

SignatureChoice choose_signatures(const policy::Evidence& evidence, const policy::Policy& policy,
                                  bool for_log) {
  SignatureChoice choice;
  if (policy::belongs_to_platform(evidence, policy)) {
    auto aligned = [&](const Signature& signature) {
      return is_aligned_as_asked(signature, evidence, policy);
    };
    const Wanted wanted = wanted_by(policy);
    Chooser chooser(evidence);
    chooser.add([&](const Signature& signature) { return names_tenant(signature, policy); });
    chooser.count_anew();
    if (wanted.any || wanted.aligned) chooser.add(aligned);
    chooser.add([&](const Signature& signature) {
      return std::find(wanted.domains.begin(), wanted.domains.end(), signature.domain.domain) !=
             wanted.domains.end();
    });
    const bool has_aligned = std::any_of(
        evidence.signatures.begin(), evidence.signatures.end(),
        [&](const Signature& signature) { return can_verify(signature) && aligned(signature); });
    if (wanted.any || (wanted.aligned && !has_aligned))
      chooser.add([](const Signature&) { return true; });
    choice.needed = chooser.take();
  }
  if (for_log) {
    Chooser chooser(evidence);
    chooser.add(
        [&](const Signature& signature) { return is_aligned_relaxed(signature, evidence); });
    for (const std::size_t i : chooser.take()) {
      if (std::find(choice.needed.begin(), choice.needed.end(), i) == choice.needed.end())
        choice.for_log.push_back(i);
    }
  }
  return choice;
}

}  // namespace evidence
