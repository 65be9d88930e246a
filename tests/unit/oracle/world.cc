// SPDX-License-Identifier: BSD-2-Clause
// See world.h: the platforms, the honest message, and the policy for a message.
#include "tests/unit/oracle/world.h"

#include <algorithm>
#include <stdexcept>

#include "policy/domain.h"

namespace oracle {

using policy::Ownership;
using policy::Platform;
using policy::PlatformKind;
using policy::Sender;
using policy::TenantSource;

const Platform& microsoft365() {
  static const Platform p{.name = "microsoft365",
                          .kind = PlatformKind::microsoft365,
                          .networks = {*policy::Network::parse("40.92.0.0/15")},
                          .dkim_suffix = "onmicrosoft.com"};
  return p;
}

const Platform& microsoft365_with_certificate() {
  static const Platform p = [] {
    Platform with = microsoft365();
    with.client_certificate = "out.platform.example";
    return with;
  }();
  return p;
}

const Platform& google() {
  static const Platform p{
      .name = "google", .kind = PlatformKind::google, .dkim_suffix = "gappssmtp.com"};
  return p;
}

const Platform& salesforce() {
  static const Platform p{.name = "salesforce", .kind = PlatformKind::salesforce};
  return p;
}

const Platform& acme() {
  static const Platform p{.name = "acme",
                          .kind = PlatformKind::custom,
                          .tenant_header = "X-Acme-Account",
                          .dkim_suffix = "mail.acme.example"};
  return p;
}

namespace {

const Platform& platform_named(const std::string& name) {
  for (const Platform* p : {&microsoft365(), &google(), &salesforce(), &acme()}) {
    if (p->name == name) return *p;
  }
  throw std::logic_error("no platform " + name);
}

}  // namespace

Sender& World::sender(const std::string& name) {
  for (auto& s : senders) {
    if (s.name == name) return s;
  }
  throw std::logic_error("no sender " + name);
}

policy::Identity identity(const std::string& domain) {
  std::ptrdiff_t labels = 2;
  for (const char* suffix : {"onmicrosoft.com", "gappssmtp.com"}) {
    if (policy::is_below(domain, suffix)) labels = 3;
  }
  if (policy::is_below(domain, acme().dkim_suffix)) labels = 4;
  const auto have = std::count(domain.begin(), domain.end(), '.') + 1;
  if (have < labels) return {domain, ""};
  std::string_view organisation = domain;
  for (auto more = have - labels; more; --more) organisation = policy::parent_of(organisation);
  return {domain, std::string(organisation)};
}

policy::ListedTenant listed(const std::string& text, bool expired) {
  const auto colon = text.find(':');
  const auto tenant =
      policy::canonical_tenant(platform_named(text.substr(0, colon)), text.substr(colon + 1));
  if (!tenant) throw std::logic_error("no tenant " + text);
  policy::ListedTenant t{.tenant = *tenant, .until = std::nullopt, .note = ""};
  if (expired) t.until = now;
  return t;
}

policy::TenantField& field(World& w, TenantSource source) {
  for (auto& f : w.e.tenant_fields) {
    if (f.source == source) return f;
  }
  return w.e.tenant_fields.emplace_back(policy::TenantField{.source = source});
}

void stamp(World& w, TenantSource source, const std::string& value, unsigned count) {
  field(w, source) = {.source = source, .count = count, .value = value, .seen = value};
}

void unstamp(World& w, TenantSource source) {
  std::erase_if(w.e.tenant_fields, [&](auto& f) { return f.source == source; });
}

void envelope(World& w, const std::string& domain) {
  w.e.null_sender = false;
  w.e.envelope = identity(domain);
  w.e.spf.domain = domain;
}

void authors(World& w, const std::vector<std::string>& domains) {
  w.e.authors.clear();
  for (const auto& domain : domains) w.e.authors.push_back(identity(domain));
}

policy::Signature signature(const std::string& domain) {
  return {.domain = identity(domain),
          .selector = "s1",
          .algorithm = policy::SignatureAlgorithm::rsa_sha256,
          .signs_from = true,
          .signs_every_from = true,
          .covers_replayable = true,
          .signed_at = now - 60,
          .state = policy::Known::known,
          .verified = true,
          .key_bits = 2048};
}

World honest() {
  World w;
  w.platform = &microsoft365();
  w.senders = {{.name = "contoso",
                .domains = {"contoso.example"},
                .tenants = {listed("microsoft365:contoso.onmicrosoft.com"),
                            listed(std::string("microsoft365:") + guid_a)}},
               {.name = "fabrikam",
                .domains = {"fabrikam.example"},
                .tenants = {listed("microsoft365:fabrikam.onmicrosoft.com"),
                            listed(std::string("microsoft365:") + guid_b)}}};
  w.blocked = {listed("microsoft365:evil.onmicrosoft.com").tenant,
               listed(std::string("microsoft365:") + guid_bad).tenant};
  auto& e = w.e;
  e.time = now;
  e.client = policy::Address::parse("40.92.0.1");
  e.author_valid = true;
  authors(w, {"contoso.example"});
  envelope(w, "contoso.example");
  stamp(w, TenantSource::originator_org, "contoso.onmicrosoft.com");
  stamp(w, TenantSource::crosstenant_id, guid_a);
  e.entity = {.count = 1, .value = "Hosted"};
  return w;
}

namespace {

bool lists_name(const Sender& s, const std::string& domain) {
  return std::any_of(s.tenants.begin(), s.tenants.end(), [&](auto& t) {
    return t.tenant.kind == policy::TenantKind::name && t.tenant.value == domain &&
           policy::is_below(domain, platform_named(t.tenant.platform).dkim_suffix);
  });
}

bool contains(const std::vector<std::string>& all, std::string_view one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

// Spec 5: exactly, or as the nearest listed parent with `subdomains = true`; a
// listed platform name is an author domain, exactly.
Ownership owner_of(const World& w, const std::string& domain) {
  for (std::string_view at = domain; !at.empty(); at = policy::parent_of(at)) {
    const bool exact = at == domain;
    for (const auto& s : w.senders) {
      if (!contains(s.domains, at)) continue;
      const bool owned = exact || s.subdomains;
      return {owned ? Ownership::Relation::owned : Ownership::Relation::below, false, {&s}};
    }
    Ownership by_name{exact ? Ownership::Relation::owned : Ownership::Relation::below, exact, {}};
    for (const auto& s : w.senders) {
      if (lists_name(s, std::string(at))) by_name.senders.push_back(&s);
    }
    if (!by_name.senders.empty()) return by_name;
  }
  return {};
}

// Whether the message carries a value that this sender lists for the platform.
bool carried(const World& w, const Sender& s) {
  const auto is_carried = [&](const policy::ListedTenant& t) {
    if (t.tenant.platform != w.platform->name) return false;
    const auto& value = t.tenant.value;
    for (const auto& f : w.e.tenant_fields) {
      if (f.value == value) return true;
    }
    for (const auto& signed_by : w.e.signatures) {
      const auto tenant = policy::dkim_tenant(*w.platform, signed_by.domain.domain);
      const bool google = w.platform->kind == PlatformKind::google;
      if (signed_by.domain.domain == value) return true;
      if (tenant && tenant->value == (google ? policy::google_label(value) : value)) return true;
    }
    return false;
  };
  return w.platform && std::any_of(s.tenants.begin(), s.tenants.end(), is_carried);
}

}  // namespace

policy::Policy policy_of(const World& w) {
  policy::Policy p;
  p.blocked = &w.blocked;
  p.unknown_senders = p.strictest_mode = w.unknown_senders;
  for (const auto& s : w.senders) p.strictest_mode = std::max(p.strictest_mode, s.mode);
  p.override_mode = w.override_mode;
  p.platform = w.platform;
  for (const auto& author : w.e.authors) p.authors.push_back(owner_of(w, author.domain));
  for (const auto& other : w.e.other_identities) {
    p.other_identities.push_back(owner_of(w, other.domain));
  }
  if (w.e.envelope) p.envelope = owner_of(w, w.e.envelope->domain);
  for (const auto& s : w.senders) {
    const bool owns_org =
        std::any_of(w.e.tenant_fields.begin(), w.e.tenant_fields.end(), [&](auto& f) {
          return f.source == TenantSource::originator_org &&
                 std::find(s.domains.begin(), s.domains.end(), f.value) != s.domains.end();
        });
    const bool lists_platform =
        w.platform && std::any_of(s.tenants.begin(), s.tenants.end(),
                                  [&](auto& t) { return t.tenant.platform == w.platform->name; });
    if (carried(w, s) || (owns_org && lists_platform)) p.tenant_listers.push_back(&s);
  }
  return p;
}

}  // namespace oracle
