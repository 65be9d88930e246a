// SPDX-License-Identifier: BSD-2-Clause
// Properties of `judge` over random messages and policies (tests/unit/random): what no way in
// by a platform survives. A blocked tenant, or a field that cannot be believed, is refused
// under every policy, but by a login or network of everybody who answers for the message.
#include <algorithm>

#include "tests/unit/oracle/facts.h"
#include "tests/unit/random/properties.h"

using namespace random_cases;
using policy::Known;
using policy::Policy;
using policy::Verdict;

namespace {

// Puts a blocked tenant into the message, at a place that counts on this platform.
bool carry_blocked(Random& r, World& w) {
  if (w.platform == nullptr) return false;
  const auto& who = r.one_in(2) ? evil() : r.of(customers());
  for (const auto& tenant : tenants_of(who, *w.platform)) w.blocked.insert(tenant);
  const std::string signer = signer_of(who, *w.platform);
  if (!signer.empty() && r.one_in(2)) {
    policy::Signature s = oracle::signature(signer);
    // For check 11 it is enough that it verifies; where it is the evidence, all has to be right.
    s.covers_replayable = r.one_in(2);
    s.body_limit = r.one_in(4);
    w.e.signatures.insert(w.e.signatures.begin(), s);
    return true;
  }
  if (policy::stamps_the_way(*w.platform) && r.one_in(3)) {
    w.e.connecting = {.count = 1, .guid = who.guid, .ip = w.e.client, .seen = who.guid};
    return true;
  }
  bool any = false;
  for (const auto& info : policy::tenant_sources) {
    const auto value = stamp_of(who, *w.platform, info.source);
    if (value.empty() || (any && r.one_in(2))) continue;
    oracle::stamp(w, info.source, value);
    any = true;
  }
  return any;
}

// Spec 4: "logins and networks are the sender's own explicit word: checks 4 to 11 below are for
// platforms". Whether one of these senders has such a way in.
bool has_own_way(const World& w, const Policy& p, const std::vector<const policy::Sender*>& any) {
  return std::any_of(any.begin(), any.end(), [&](const policy::Sender* sender) {
    const oracle::Role role{.sender = sender};
    const oracle::Way way = oracle::way_in({w.e, p, role});
    return way == oracle::Way::login || way == oracle::Way::network;
  });
}

// Whether everybody who answers has let the message in by a way of its own.
bool all_have_own_ways(const World& w, const Policy& p) {
  bool own = true, unknown = false;
  const auto look = [&](const policy::Ownership& o) {
    if (!o.senders.empty()) own = own && has_own_way(w, p, o.senders);
  };
  for (const auto& author : p.authors) {
    look(author);
    unknown |= author.senders.empty();
  }
  for (const auto& other : p.other_identities) look(other);
  if (w.e.envelope) look(p.envelope);
  return own && (!unknown || has_own_way(w, p, p.tenant_listers));
}

// `poison` makes the message one that must not come in by a platform; it says whether it could.
Finding poisoned(Random& r, bool (*poison)(Random&, World&)) {
  World w = random_world(r);
  if (r.one_in(3)) leave_open(r, w, Known::unavailable);
  if (!poison(r, w)) return no_matter();
  const Policy p = oracle::policy_of(w);
  const Verdict v = policy::judge(w.e, p);
  const bool good = !accepted(v) || all_have_own_ways(w, p);
  return good ? holds() : broken(describe(w) + "  = " + describe(v));
}

// A stamped field of the platform that is there, if there is any.
policy::TenantField* a_field(Random& r, World& w) {
  auto& all = w.e.tenant_fields;
  if (w.platform == nullptr || all.empty()) return nullptr;
  return &all[r.below(all.size())];
}

bool contradict(Random& r, World& w) {
  auto* field = a_field(r, w);
  if (field == nullptr) return false;
  field->count = 2;
  (r.one_in(2) ? field->contradictory : field->malformed) = true;
  return true;
}

bool by_microsoft(const World& w) {
  return w.platform != nullptr && policy::stamps_the_way(*w.platform);
}

bool bad_connection(Random& r, World& w) {
  if (!by_microsoft(w)) return false;
  auto& connecting = w.e.connecting;
  if (connecting.count == 0) {
    connecting = {.count = 1, .guid = stranger().guid, .ip = w.e.client, .seen = ""};
    return oracle::field(w, policy::TenantSource::crosstenant_id).value != stranger().guid;
  }
  ++connecting.count;
  (r.one_in(2) ? connecting.contradictory : connecting.malformed) = true;
  return true;
}

bool bad_entity(Random& r, World& w) {
  if (!by_microsoft(w)) return false;
  if (w.e.entity.count == 0 || r.one_in(2)) w.e.entity.value = "Martian";
  if (w.e.entity.value == "Martian") {
    w.e.entity.count = 1;
  } else {
    ++w.e.entity.count;
  }
  return true;
}

bool eleven_signatures(Random& r, World& w) {
  const auto& who = r.of(customers());
  const auto tenant = w.platform == nullptr ? "" : signer_of(who, *w.platform);
  if (tenant.empty()) return false;
  for (int i = 0; i < 11; ++i) w.e.signatures.push_back(oracle::signature(tenant));
  return true;
}

bool no_evidence(Random&, World& w) {
  if (w.platform == nullptr) return false;
  if (policy::dkim_is_the_evidence(*w.platform)) {
    for (auto& s : w.e.signatures) s.covers_replayable = false;
  } else {
    w.e.tenant_fields.clear();
  }
  return true;
}

bool stranger_alone(Random&, World& w) {
  if (w.platform == nullptr || policy::dkim_is_the_evidence(*w.platform)) return false;
  for (auto& field : w.e.tenant_fields) {
    field = {.source = field.source, .count = 1, .value = "", .seen = ""};
    field.value = stamp_of(stranger(), *w.platform, field.source);
  }
  return true;
}

// Every value that the message carries is past its date with all who list it. (A sender's own
// domain in originator-org has no date.)
bool over(Random&, World& w) {
  if (w.platform == nullptr || policy::dkim_is_the_evidence(*w.platform)) return false;
  for (auto& sender : w.senders) {
    for (const auto& field : w.e.tenant_fields) {
      for (const auto& domain : sender.domains) {
        if (field.value == domain) return false;
      }
      for (auto& listed : sender.tenants) {
        if (listed.tenant.value == field.value) listed.until = w.e.time;
      }
    }
  }
  return true;
}

}  // namespace

TEST_CASE("what is blocked is refused but by a login or network") {
  check("blocked", 150'000, 2, [](Random& r) { return poisoned(r, carry_blocked); });
}

TEST_CASE("what cannot be believed is refused but by a login or network") {
  check("contradiction", 60'000, 4, [](Random& r) { return poisoned(r, contradict); });
  check("connection", 60'000, 8, [](Random& r) { return poisoned(r, bad_connection); });
  check("entity", 60'000, 8, [](Random& r) { return poisoned(r, bad_entity); });
  check("crowd", 60'000, 3, [](Random& r) { return poisoned(r, eleven_signatures); });
}

TEST_CASE(
    "no evidence, that of a stranger, or of a tenant past its date is refused but by a login or "
    "network") {
  check("evidence", 60'000, 2, [](Random& r) { return poisoned(r, no_evidence); });
  check("stranger", 60'000, 3, [](Random& r) { return poisoned(r, stranger_alone); });
  check("over", 60'000, 4, [](Random& r) { return poisoned(r, over); });
}
