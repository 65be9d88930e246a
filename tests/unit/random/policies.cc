// SPDX-License-Identifier: BSD-2-Clause
// See worlds.h: random policies.
#include "tests/unit/random/worlds.h"

namespace random_cases {
namespace {

using policy::Alignment;
using policy::Entities;
using policy::Entity;
using policy::ListedTenant;
using policy::Mode;
using policy::Platform;
using policy::PlatformSettings;
using policy::Requirement;
using policy::Sender;

Mode random_mode(Random& r) {
  return r.among({Mode::enforce, Mode::enforce, Mode::quarantine, Mode::tag, Mode::monitor});
}

Requirement random_requirement(Random& r) {
  return r.among({Requirement::off, Requirement::off, Requirement::pass, Requirement::aligned});
}

PlatformSettings random_settings(Random& r) {
  PlatformSettings s;
  s.spf = random_requirement(r);
  s.dkim = random_requirement(r);
  s.spf_alignment = r.among({Alignment::relaxed, Alignment::strict});
  s.dkim_alignment = r.among({Alignment::relaxed, Alignment::strict});
  s.entities = Entities();
  for (const Entity e : {Entity::hybrid_on_prem, Entity::internet, Entity::unstamped}) {
    s.entities.set(static_cast<std::size_t>(e), r.one_in(4));
  }
  s.entities.set(static_cast<std::size_t>(Entity::hosted), r.mostly(8));
  return s;
}

ListedTenant random_listed(Random& r, const policy::Tenant& tenant) {
  ListedTenant listed{.tenant = tenant, .until = std::nullopt, .note = ""};
  if (r.one_in(3)) listed.until = oracle::now + 86400;
  if (r.one_in(12)) listed.until = oracle::now - static_cast<std::int64_t>(r.below(2));
  return listed;
}

std::vector<ListedTenant> random_tenants(Random& r, const Platform& here, std::size_t self) {
  std::vector<ListedTenant> all;
  for (std::size_t i = 0; i < customers().size(); ++i) {
    if (i == self ? r.one_in(12) : r.mostly(8)) continue;
    for (const auto& tenant : tenants_of(customers()[i], here)) {
      if (r.mostly(4)) all.push_back(random_listed(r, tenant));
    }
  }
  if (r.one_in(24)) {  // what is blocked for all may be listed by one
    for (const auto& tenant : tenants_of(evil(), here)) all.push_back(random_listed(r, tenant));
  }
  const Platform& elsewhere = r.of(platforms());
  if (r.one_in(3) && elsewhere.name != here.name) {
    for (const auto& tenant : tenants_of(customers()[self], elsewhere)) {
      all.push_back(random_listed(r, tenant));
    }
  }
  return all;
}

Sender random_sender(Random& r, const Platform& here, std::size_t self) {
  const Organisation& who = customers()[self];
  const std::string number = std::to_string(self);
  Sender s;
  s.name = who.name;
  s.mode = random_mode(r);
  s.domains = {who.domain};
  if (r.one_in(4)) s.domains.push_back("shop." + customers()[(self + 1) % most_senders].domain);
  if (r.one_in(4)) s.domains.push_back(who.name + ".test");
  s.subdomains = r.one_in(3);
  s.tenants = random_tenants(r, here, self);
  if (r.one_in(3)) s.networks.push_back(*policy::Network::parse("192.0.2." + number));
  if (r.one_in(12)) s.networks.push_back(here.networks.front());  // shared-ok
  if (r.one_in(3)) s.logins.push_back(who.name + "-app");
  if (r.one_in(6)) s.dkim_domains.push_back(who.domain);
  if (r.one_in(8)) s.dkim_domains.push_back("esp.example");
  if (r.one_in(4)) s.hybrid_sources.push_back(*policy::Network::parse("203.0.113.0/28"));
  if (r.one_in(3)) s.tenant_evidence = policy::TenantEvidence::all;
  if (r.one_in(3)) s.forwarding = policy::Forwarding::allow;
  s.settings = random_settings(r);
  if (r.one_in(4)) s.platform_settings[here.name] = random_settings(r);
  if (r.one_in(4)) s.platform_settings["elsewhere"] = random_settings(r);
  return s;
}

}  // namespace

void random_policy(Random& r, World& w) {
  w.senders.clear();
  const std::size_t without = r.below(2 * most_senders);
  for (std::size_t i = 0; i < most_senders; ++i) {
    if (i == without || (without < most_senders && r.one_in(3))) continue;
    w.senders.push_back(random_sender(r, *w.platform, i));
  }
  if (w.senders.empty()) w.senders.push_back(random_sender(r, *w.platform, 1));
  w.blocked.clear();
  for (const auto& tenant : tenants_of(evil(), *w.platform)) {
    if (r.mostly(4)) w.blocked.insert(tenant);
  }
  if (r.one_in(16)) {
    w.blocked.insert(r.of(tenants_of(r.of(customers()), *w.platform)));
  }
  w.unknown_senders = random_mode(r);
  if (r.one_in(16)) w.override_mode = Mode::monitor;
}

}  // namespace random_cases
