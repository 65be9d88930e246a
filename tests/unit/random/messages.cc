// SPDX-License-Identifier: BSD-2-Clause
// See worlds.h: random messages.
#include <algorithm>

#include "tests/unit/random/worlds.h"

namespace random_cases {
namespace {

using policy::Fault;
using policy::Known;
using policy::Signature;
using policy::SignatureAlgorithm;
using policy::SpfResult;
using policy::TenantSource;

const Organisation& organisation_of(const policy::Sender& sender) {
  return *std::find_if(customers().begin(), customers().end(),
                       [&](auto& who) { return who.name == sender.name; });
}

// Mostly the hero; else a customer (who may be no sender), the blocked one, a stranger.
const Organisation& somebody(Random& r, const Organisation& hero, std::size_t rarely) {
  if (r.mostly(rarely)) return hero;
  switch (r.below(4)) {
    case 0:
      return evil();
    case 1:
      return stranger();
    default:
      return r.of(customers());
  }
}

std::string random_domain(Random& r, const Organisation& who) {
  if (r.mostly(4)) return who.domain;
  return r.among<std::string>({"mail." + who.domain, "shop." + who.domain, who.name + ".test",
                               who.microsoft, "a." + who.microsoft, who.acme, "example"});
}

void random_connection(Random& r, World& w, const Organisation& hero) {
  auto& e = w.e;
  const auto inside = w.platform->networks.front().base().to_string();
  e.client = policy::Address::parse(inside);
  if (r.one_in(8)) {
    const auto self = static_cast<std::size_t>(&hero - customers().data());
    e.client = policy::Address::parse(r.mostly(3) ? "192.0.2." + std::to_string(self)
                                                  : std::string("203.0.113.200"));
    w.platform = nullptr;
  }
  if (r.one_in(10)) e.login = somebody(r, hero, 3).name + "-app";
  if (w.platform != nullptr && !w.platform->client_certificate.empty() && r.mostly(8)) {
    e.certificate = w.platform->client_certificate;
    if (r.one_in(3)) e.certificate[0] = 'O';
  } else if (r.one_in(4)) {
    e.certificate = "other.example";
  }
}

void random_envelope(Random& r, World& w, const Organisation& hero) {
  oracle::envelope(w, random_domain(r, somebody(r, hero, 5)));
  w.e.envelope_srs = r.one_in(6);
  if (r.mostly(6)) return;
  w.e.null_sender = true;
  w.e.envelope.reset();
  w.e.spf.domain = "mail.out.example";
}

void random_authors(Random& r, World& w, const Organisation& hero) {
  std::vector<std::string> domains{random_domain(r, somebody(r, hero, 8))};
  if (r.one_in(4)) domains = {"unknown.example"};
  while (r.one_in(6)) {
    const std::string more = random_domain(r, somebody(r, hero, 2));
    if (std::find(domains.begin(), domains.end(), more) == domains.end()) domains.push_back(more);
  }
  oracle::authors(w, domains);
}

// Sender, Resent-From and Resent-Sender.
void random_others(Random& r, World& w, const Organisation& hero) {
  for (const std::size_t field : {0, 1, 2}) {
    if (r.mostly(8)) continue;
    const std::string domain = random_domain(r, somebody(r, hero, 2));
    auto& all = w.e.other_identities;
    if (field == 0) w.e.sender_domain = domain;
    if (field == 1) w.e.resent_from.push_back(domain);
    const auto one = oracle::identity(domain);
    if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(one);
  }
}

void random_stamp(Random& r, World& w, TenantSource source, const Organisation& hero) {
  std::string value = stamp_of(somebody(r, hero, 12), *w.platform, source);
  if (value.empty()) return;
  if (source == TenantSource::originator_org && r.one_in(6)) value = hero.domain;
  if (r.one_in(12)) return;
  oracle::stamp(w, source, value, r.one_in(16) ? 2 : 1);
  auto& field = oracle::field(w, source);
  if (r.one_in(32)) {
    field.count = 2;
    field.contradictory = true;
  }
  if (r.mostly(32)) return;
  field.malformed = true;
  if (field.count == 1) field.value.clear();
}

void random_way(Random& r, World& w, const Organisation& hero) {
  auto& e = w.e;
  e.entity = {.count = 1, .value = "Hosted"};
  if (r.one_in(4)) {
    e.entity.value = r.among<std::string>(
        {"HybridOnPrem", "HybridOnPrem", "Internet", "hOSTED", "Martian", "unstamped"});
  }
  if (r.one_in(16)) e.entity.count = 2;
  if (r.one_in(12)) e.entity = {};
  if (r.mostly(5)) return;
  e.connecting.count = 1;
  e.connecting.guid = somebody(r, hero, 4).guid;
  e.connecting.ip = policy::Address::parse(r.mostly(4) ? "203.0.113.5" : "203.0.113.77");
  e.connecting.contradictory = r.one_in(12);
  if (e.connecting.contradictory) e.connecting.count = 2;
  if (r.mostly(12)) return;
  e.connecting.malformed = true;
  e.connecting.guid.clear();
  e.connecting.ip.reset();
}

void random_fields(Random& r, World& w, const Organisation& hero) {
  for (const auto& info : policy::tenant_sources) {
    if (info.stamped) random_stamp(r, w, info.source, hero);
  }
  r.shuffle(w.e.tenant_fields);
  if (policy::stamps_the_way(*w.platform)) random_way(r, w, hero);
}

void random_spf(Random& r, World& w) {
  auto& spf = w.e.spf;
  spf.state = Known::known;
  spf.result = r.mostly(3) ? SpfResult::pass
                           : r.among({SpfResult::none, SpfResult::neutral, SpfResult::fail,
                                      SpfResult::softfail, SpfResult::permerror});
  if (r.one_in(16)) spf = {.state = Known::unavailable, .result = SpfResult::temperror};
  if (r.one_in(40)) spf.state = r.among({Known::not_asked, Known::pending});
}

std::string random_signer(Random& r, const World& w, const Organisation& hero) {
  const auto& platform = w.platform == nullptr ? r.of(platforms()) : *w.platform;
  const std::string tenant = signer_of(somebody(r, hero, 6), platform);
  switch (r.below(6)) {
    case 0:
      return "esp.example";
    case 1:
      return hero.domain;
    case 2:
    case 3:
      return random_domain(r, somebody(r, hero, 4));
    default:
      return tenant.empty() ? hero.domain : tenant;
  }
}

void spoil(Random& r, Signature& s) {
  s.signs_every_from = r.mostly(12);
  s.signs_from = s.signs_every_from || r.one_in(2);
  s.body_limit = r.one_in(16);
  s.test_key = r.one_in(16);
  s.covers_replayable = r.mostly(12);
  if (r.one_in(12)) s.signed_at = oracle::now + r.among<int>({-259200, -259201, 300, 301});
  if (r.one_in(24)) s.signed_at.reset();
  if (r.one_in(8)) s.expires_at = oracle::now + r.among<int>({-1, 0, 1, 86400});
  if (r.one_in(16)) s.algorithm = SignatureAlgorithm::rsa_sha1;
  if (r.one_in(16)) {
    s.algorithm = SignatureAlgorithm::ed25519_sha256;
    s.key_bits = 256;
  } else if (r.one_in(16)) {
    s.key_bits = r.among({512u, 1023u, 1024u});
  }
  if (r.mostly(5)) return;
  s.verified = false;
  if (r.one_in(2)) s.key_bits = 0;
}

Signature random_signature(Random& r, const World& w, const Organisation& hero) {
  Signature s = oracle::signature(random_signer(r, w, hero));
  if (r.one_in(2)) spoil(r, s);
  if (r.mostly(12)) return s;
  s.verified = false;
  s.test_key = false;
  s.key_bits = 0;
  s.state = r.among({Known::unavailable, Known::unavailable, Known::not_asked});
  s.for_log = s.state == Known::not_asked && r.one_in(2);
  return s;
}

void random_signatures(Random& r, World& w, const Organisation& hero) {
  auto& all = w.e.signatures;
  all.clear();
  const auto& platform = w.platform == nullptr ? r.of(platforms()) : *w.platform;
  if (const auto d = signer_of(hero, platform); !d.empty() && r.mostly(4)) {
    all.push_back(oracle::signature(d));
  }
  if (r.one_in(3)) all.push_back(oracle::signature(hero.domain));
  for (std::size_t more = r.below(3); more > 0; --more) {
    all.push_back(random_signature(r, w, hero));
  }
  r.shuffle(all);
  if (r.one_in(8)) {  // changed on its way: none verifies
    for (auto& s : all) s.verified = false;
  }
  const auto suffixed = signer_of(hero, platform);
  if (suffixed.empty() || r.mostly(48)) return;
  for (std::size_t more = 9 + r.below(3); more > 0; --more) {  // about the ten that count
    all.push_back(oracle::signature(suffixed));
  }
}

}  // namespace

void random_evidence(Random& r, World& w) {
  w.e = {};
  auto& e = w.e;
  const auto& hero = organisation_of(r.of(w.senders));
  e.time = oracle::now;
  if (r.one_in(100)) e.fault = static_cast<Fault>(1 + r.below(policy::fault_names.size() - 1));
  e.author_valid = r.mostly(60);
  random_connection(r, w, hero);
  random_envelope(r, w, hero);
  random_authors(r, w, hero);
  random_others(r, w, hero);
  e.system_mail = e.null_sender ? r.mostly(3) : r.one_in(8);
  // The fields of the client's platform alone are collected (milter/evidence/tenant_headers.h).
  if (w.platform != nullptr) random_fields(r, w, hero);
  random_spf(r, w);
  random_signatures(r, w, hero);
}

World random_world(Random& r) {
  World w;
  w.platform = &r.of(platforms());
  random_policy(r, w);
  random_evidence(r, w);
  return w;
}

bool leave_open(Random& r, World& w, Known state) {
  auto& e = w.e;
  for (auto& s : e.signatures) {
    if (s.state == Known::pending || s.state == Known::unavailable) s.state = Known::not_asked;
  }
  const bool spf = r.one_in(2);
  e.spf.state = spf ? state : Known::known;
  e.spf.result = spf ? SpfResult::temperror : r.among({SpfResult::pass, SpfResult::fail});
  std::size_t left = e.signatures.empty() ? 0 : r.below(3);
  for (auto& s : e.signatures) {
    if (left == 0 || r.one_in(3)) continue;
    --left;
    s.state = state;
    s.verified = s.test_key = s.for_log = false;
    s.key_bits = 0;
  }
  return is_open(e, state);
}

bool is_open(const policy::Evidence& e, Known state) {
  return e.spf.state == state || std::any_of(e.signatures.begin(), e.signatures.end(),
                                             [&](auto& s) { return s.state == state; });
}

}  // namespace random_cases
