// SPDX-License-Identifier: BSD-2-Clause
// See hostile.h: what an administrator can ask for in addition, of one sender. Left out:
// `dkim-domains` from none to some, which narrows, but from some to more widens.
#include "tests/unit/random/hostile.h"

namespace random_cases {
namespace {

using policy::Alignment;
using policy::PlatformSettings;
using policy::Requirement;
using policy::Sender;

// The settings of a sender that are in force here.
PlatformSettings& settings(Random& r, World& w) {
  Sender& sender = w.senders[r.below(w.senders.size())];
  if (w.platform != nullptr) {
    const auto own = sender.platform_settings.find(w.platform->name);
    if (own != sender.platform_settings.end()) return own->second;
  }
  return sender.settings;
}

bool raise(Requirement& requirement, Random& r) {
  if (requirement == Requirement::aligned) return false;
  requirement =
      requirement == Requirement::off && r.one_in(2) ? Requirement::pass : Requirement::aligned;
  return true;
}

bool more_spf(Random& r, World& w) { return raise(settings(r, w).spf, r); }
bool more_dkim(Random& r, World& w) { return raise(settings(r, w).dkim, r); }

bool strict(Alignment& alignment) {
  const bool was_relaxed = alignment == Alignment::relaxed;
  alignment = Alignment::strict;
  return was_relaxed;
}

bool strict_spf(Random& r, World& w) { return strict(settings(r, w).spf_alignment); }
bool strict_dkim(Random& r, World& w) { return strict(settings(r, w).dkim_alignment); }

bool fewer_entities(Random& r, World& w) {
  auto& entities = settings(r, w).entities;
  const std::size_t one = r.below(entities.size());
  const bool was_there = entities.test(one);
  entities.reset(one);
  return was_there;
}

bool all_kinds(Random& r, World& w) {
  auto& evidence = w.senders[r.below(w.senders.size())].tenant_evidence;
  const bool was_any = evidence == policy::TenantEvidence::any;
  evidence = policy::TenantEvidence::all;
  return was_any;
}

bool some_signers(Random& r, World& w) {
  auto& signers = w.senders[r.below(w.senders.size())].dkim_domains;
  if (!signers.empty()) return false;
  signers = {"esp.example"};
  return true;
}

bool some_hybrid_sources(Random& r, World& w) {
  auto& sources = w.senders[r.below(w.senders.size())].hybrid_sources;
  if (!sources.empty()) return false;
  sources = {*policy::Network::parse("203.0.113.0/29")};
  return true;
}

bool no_login(Random& r, World& w) {
  auto& logins = w.senders[r.below(w.senders.size())].logins;
  const bool had = !logins.empty();
  logins.clear();
  return had;
}

bool no_network(Random& r, World& w) {
  auto& networks = w.senders[r.below(w.senders.size())].networks;
  const bool had = !networks.empty();
  networks.clear();
  return had;
}

}  // namespace

const std::vector<Change>& stricter_changes() {
  static const std::vector<Change> all{{"more-spf", more_spf},
                                       {"more-dkim", more_dkim},
                                       {"strict-spf", strict_spf},
                                       {"strict-dkim", strict_dkim},
                                       {"fewer-entities", fewer_entities},
                                       {"tenant-evidence-all", all_kinds},
                                       {"dkim-domains", some_signers},
                                       {"hybrid-sources", some_hybrid_sources},
                                       {"no-login", no_login},
                                       {"no-network", no_network}};
  return all;
}

}  // namespace random_cases
