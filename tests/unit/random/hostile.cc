// SPDX-License-Identifier: BSD-2-Clause
// See hostile.h: what an attacker can add. Left out, since it may rightly help: a stamped
// value that some sender lists (it is good evidence for that one), a Sender or Resent-From of
// a forwarder that has rivals (`contested`), a verified acceptable signature of anybody where
// a policy asks for `dkim = "pass"`.
#include "tests/unit/random/hostile.h"

#include <algorithm>

namespace random_cases {
namespace {

using policy::Known;
using policy::Requirement;
using policy::Signature;
using policy::TenantSource;

constexpr const char* nobodys_guid = "99999999-0000-4000-8000-000000000009";

bool foreign_field(Random& r, World& w) {
  if (w.platform == nullptr) return false;
  for (const auto& info : policy::tenant_sources) {
    const auto value = stamp_of(stranger(), *w.platform, info.source);
    if (value.empty() || r.one_in(2)) continue;
    auto& field = oracle::field(w, info.source);
    if (field.count == 0) {
      oracle::stamp(w, info.source, value);
    } else {
      field.contradictory |= field.value != value;
      ++field.count;
    }
    return true;
  }
  return false;
}

bool malformed_field(Random& r, World& w) {
  if (w.platform == nullptr) return false;
  for (const auto& info : policy::tenant_sources) {
    if (stamp_of(stranger(), *w.platform, info.source).empty() || r.one_in(2)) continue;
    auto& field = oracle::field(w, info.source);
    field.malformed = true;
    ++field.count;
    return true;
  }
  return false;
}

// Of sources that this platform does not have, with a value that is listed for another.
bool noise(Random& r, World& w) {
  const auto& elsewhere = r.of(platforms());
  for (const auto& info : policy::tenant_sources) {
    const auto value = stamp_of(r.of(customers()), elsewhere, info.source);
    if (value.empty()) continue;
    if (w.platform != nullptr && !stamp_of(stranger(), *w.platform, info.source).empty()) continue;
    oracle::stamp(w, info.source, value);
    return true;
  }
  return false;
}

bool foreign_author(Random& r, World& w) {
  const auto one = oracle::identity(
      r.among<std::string>({stranger().domain, "other.example", "mail." + r.of(customers()).domain,
                            r.of(customers()).domain, r.of(customers()).microsoft}));
  auto& all = w.e.authors;
  if (std::find(all.begin(), all.end(), one) != all.end()) return false;
  all.insert(r.one_in(2) ? all.begin() : all.end(), one);
  return true;
}

bool foreign_identity(Random& r, World& w) {
  const std::string domain =
      r.among<std::string>({stranger().domain, "mail." + r.of(customers()).domain,
                            r.of(customers()).domain, r.of(customers()).acme});
  const auto one = oracle::identity(domain);
  auto& all = w.e.other_identities;
  if (std::find(all.begin(), all.end(), one) != all.end()) return false;
  all.push_back(one);
  if (w.e.sender_domain.empty() && r.one_in(2)) {
    w.e.sender_domain = domain;
  } else if (r.one_in(2)) {
    w.e.resent_from.push_back(domain);
  }
  return true;
}

bool unknown_entity(Random& r, World& w) {
  auto& entity = w.e.entity;
  if (entity.count == 0) entity.value = r.among<std::string>({"Martian", "Hosted ", "unstamped"});
  ++entity.count;
  return true;
}

bool foreign_connection(Random& r, World& w) {
  auto& connecting = w.e.connecting;
  if (connecting.count > 0) {
    (r.one_in(2) ? connecting.contradictory : connecting.malformed) = true;
    ++connecting.count;
    return true;
  }
  connecting.count = 1;
  connecting.guid = nobodys_guid;
  connecting.ip = policy::Address::parse("203.0.113.5");  // of some sender's hybrid-sources
  return true;
}

std::string any_signer(Random& r, const World& w) {
  const auto& who = r.one_in(3) ? stranger() : r.one_in(3) ? evil() : r.of(customers());
  const auto tenant = w.platform == nullptr ? "" : signer_of(who, *w.platform);
  return tenant.empty() || r.one_in(2) ? who.domain : tenant;
}

void add(Random& r, World& w, Signature s) {
  auto& all = w.e.signatures;
  all.insert(all.begin() + static_cast<std::ptrdiff_t>(r.below(all.size() + 1)), std::move(s));
}

bool failing_signature(Random& r, World& w) {
  Signature s = oracle::signature(any_signer(r, w));
  s.verified = false;
  s.key_bits = r.among({0u, 512u, 2048u});
  add(r, w, s);
  return true;
}

bool unacceptable_signature(Random& r, World& w) {
  Signature s = oracle::signature(any_signer(r, w));
  switch (r.below(5)) {
    case 0:
      s.body_limit = true;
      break;
    case 1:
      s.test_key = true;
      break;
    case 2:
      s.key_bits = 1023;
      break;
    case 3:
      s.signs_every_from = false;
      break;
    default:
      s.algorithm = policy::SignatureAlgorithm::rsa_sha1;
  }
  add(r, w, s);
  return true;
}

bool asks_for_any_signature(const World& w) {
  return std::any_of(w.senders.begin(), w.senders.end(), [](auto& sender) {
    const auto& own = sender.platform_settings;
    return sender.settings.dkim == Requirement::pass ||
           std::any_of(own.begin(), own.end(),
                       [](auto& one) { return one.second.dkim == Requirement::pass; });
  });
}

bool foreign_signature(Random& r, World& w) {
  if (asks_for_any_signature(w)) return false;
  const auto tenant = w.platform == nullptr ? "" : signer_of(stranger(), *w.platform);
  // As an author it could be aligned with itself, but then it is no sender's.
  add(r, w, oracle::signature(tenant.empty() || r.one_in(2) ? stranger().domain : tenant));
  return true;
}

bool crowd(Random& r, World& w) {
  const auto tenant = w.platform == nullptr ? "" : signer_of(stranger(), *w.platform);
  if (tenant.empty()) return false;
  for (int i = 0; i < 11; ++i) {
    Signature s = oracle::signature(tenant);
    s.verified = false;
    add(r, w, s);
  }
  return true;
}

bool worse_spf(Random& r, World& w) {
  w.e.spf.state = Known::known;
  w.e.spf.result = r.among({policy::SpfResult::fail, policy::SpfResult::none,
                            policy::SpfResult::permerror, policy::SpfResult::softfail});
  return true;
}

bool wrong_certificate(Random&, World& w) {
  if (w.platform == nullptr || w.platform->client_certificate.empty()) return false;
  w.e.certificate = "other.example";
  return true;
}

bool more_blocked(Random& r, World& w) {
  if (w.platform == nullptr) return false;
  const auto& who = r.one_in(3) ? stranger() : r.of(customers());
  w.blocked.insert(r.of(tenants_of(who, *w.platform)));
  return true;
}

bool unreadable(Random&, World& w) {
  w.e.author_valid = false;
  return true;
}

bool unknown_login(Random&, World& w) {
  w.e.login = "nobody";
  return true;
}

}  // namespace

const std::vector<Change>& hostile_changes() {
  static const std::vector<Change> all{{"foreign-field", foreign_field},
                                       {"malformed-field", malformed_field},
                                       {"noise", noise},
                                       {"foreign-author", foreign_author},
                                       {"foreign-identity", foreign_identity},
                                       {"unknown-entity", unknown_entity},
                                       {"foreign-connection", foreign_connection},
                                       {"failing-signature", failing_signature},
                                       {"unacceptable-signature", unacceptable_signature},
                                       {"foreign-signature", foreign_signature},
                                       {"crowd", crowd},
                                       {"worse-spf", worse_spf},
                                       {"wrong-certificate", wrong_certificate},
                                       {"more-blocked", more_blocked},
                                       {"unreadable", unreadable},
                                       {"unknown-login", unknown_login}};
  return all;
}

bool contested(const policy::Policy& p) {
  const bool all_unknown = std::all_of(p.authors.begin(), p.authors.end(), [](auto& author) {
    return author.relation == policy::Ownership::Relation::none;
  });
  return all_unknown && p.tenant_listers.size() > 1;
}

}  // namespace random_cases
