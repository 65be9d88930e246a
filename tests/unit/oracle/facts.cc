// SPDX-License-Identifier: BSD-2-Clause
// See facts.h.
#include "tests/unit/oracle/facts.h"

#include <algorithm>

#include "policy/domain.h"

namespace oracle {
namespace {

using policy::Known;
using policy::PlatformKind;
using policy::Signature;
using policy::TenantKind;
using policy::TenantSource;

template <class Range, class Test>
bool any(const Range& range, Test test) {
  return std::any_of(range.begin(), range.end(), test);
}

// The kind of listed tenant that a source names (spec 4's table, by row).
constexpr struct {
  TenantSource source;
  TenantKind kind;
} kinds[] = {
    {TenantSource::originator_org, TenantKind::name},
    {TenantSource::crosstenant_id, TenantKind::guid},
    {TenantSource::organisation_id, TenantKind::id},
    {TenantSource::tenant_header, TenantKind::id},
    {TenantSource::dkim, TenantKind::name},
};

TenantKind kind_of(TenantSource source) { return kinds[static_cast<std::size_t>(source)].kind; }

// Which stamps a platform has: spec 4's table, by column.
bool has_stamp(const policy::Platform& platform, TenantSource source) {
  switch (platform.kind) {
    case PlatformKind::microsoft365:
      return source == TenantSource::originator_org || source == TenantSource::crosstenant_id;
    case PlatformKind::salesforce:
      return source == TenantSource::organisation_id;
    case PlatformKind::custom:
      return source == TenantSource::tenant_header && !platform.tenant_header.empty();
    case PlatformKind::google:
      return false;
  }
  return false;
}

bool dkim_is_evidence(const policy::Platform& platform) {
  for (const auto& row : kinds) {
    if (has_stamp(platform, row.source)) return false;
  }
  return true;
}

bool is_google(const Case& c) { return c.p.platform->kind == PlatformKind::google; }

bool under_suffix(const Case& c, const std::string& domain) {
  return !c.p.platform->dkim_suffix.empty() && policy::is_below(domain, c.p.platform->dkim_suffix);
}

// Google: the label that a listed name stands for, "" where it could be several's.
std::string label_of_name(const std::string& name) {
  const auto dots = std::count(name.begin(), name.end(), '.');
  if (dots == 0) return name;
  if (dots > 1 || name.find('-') != std::string::npos) return "";
  std::string label = name;
  std::replace(label.begin(), label.end(), '.', '-');
  return label;
}

// Google: TENANT of TENANT.SELECTOR.gappssmtp.com; "" for what is no such name.
std::string label_of_signature(const Case& c, const std::string& domain) {
  if (!under_suffix(c, domain)) return "";
  const std::string above = domain.substr(0, domain.size() - c.p.platform->dkim_suffix.size() - 1);
  return std::count(above.begin(), above.end(), '.') == 1 ? above.substr(0, above.find('.')) : "";
}

// Whether a name that the policy lists means this d=.
bool means(const Case& c, const std::string& listed, const std::string& domain) {
  if (!is_google(c)) return listed == domain;
  if (listed.find('.') != std::string::npos && listed == domain) return true;
  const std::string label = label_of_signature(c, domain);
  return !label.empty() && label == label_of_name(listed);
}

bool of_kind(const Case& c, const policy::ListedTenant& listed, TenantKind kind) {
  return listed.tenant.platform == c.p.platform->name && listed.tenant.kind == kind;
}

bool owns_originator_org(const Case& c) {
  return any(c.e.tenant_fields, [&](const policy::TenantField& f) {
    return f.source == TenantSource::originator_org &&
           any(c.sender().domains, [&](const std::string& own) { return own == f.value; });
  });
}

// Google: d= is a name with a dot that the sender lists, or that is blocked for all.
bool listed_by_name(const Case& c, const std::string& d) {
  return is_blocked(c, TenantSource::dkim, d) || any(c.sender().tenants, [&](auto& t) {
           return of_kind(c, t, TenantKind::name) && means(c, t.tenant.value, d);
         });
}

// What a signature has to be whatever its domain (spec 6.10).
bool acceptable(const Signature& s) {
  const bool long_key =
      s.algorithm == policy::SignatureAlgorithm::ed25519_sha256 || s.key_bits >= 1024;
  return s.signs_from && s.signs_every_from && !s.body_limit && !s.test_key && long_key &&
         s.algorithm != policy::SignatureAlgorithm::rsa_sha1;
}

bool verified(const Signature& s) { return s.state == Known::known && s.verified; }

// Spec 4, "DKIM as the only evidence".
bool is_evidence(const Case& c, const Signature& s) {
  const auto now = c.e.time;
  return verified(s) && s.covers_replayable && acceptable(s) &&
         (!s.expires_at || now <= *s.expires_at) && s.signed_at &&
         now - *s.signed_at <= c.p.platform->dkim_max_age.count() && *s.signed_at - now <= 300;
}

}  // namespace

std::string lower(std::string text) {
  for (char& ch : text) ch = ch >= 'A' && ch <= 'Z' ? static_cast<char>(ch - 'A' + 'a') : ch;
  return text;
}

bool belongs(const policy::Evidence& e, const policy::Policy& p) {
  return p.platform && (p.platform->client_certificate.empty() ||
                        lower(e.certificate) == lower(p.platform->client_certificate));
}

Way way_in(const Case& c) {
  const auto& s = c.sender();
  if (!c.e.login.empty() && any(s.logins, [&](auto& login) { return login == c.e.login; })) {
    return Way::login;
  }
  if (c.p.platform && !belongs(c.e, c.p)) return Way::none;
  if (c.e.client && any(s.networks, [&](auto& net) { return net.contains(*c.e.client); })) {
    return Way::network;
  }
  if (c.p.platform && any(s.tenants, [&](auto& t) {
        return t.tenant.platform == c.p.platform->name && t.in_force(c.e.time);
      })) {
    return Way::platform;
  }
  return Way::none;
}

const policy::TenantField* stamped(const Case& c, TenantSource source) {
  for (const auto& field : c.e.tenant_fields) {
    if (field.source == source && field.count && has_stamp(*c.p.platform, source)) return &field;
  }
  return nullptr;
}

bool can_be_evidence(const Case& c, TenantSource source) {
  return source == TenantSource::dkim ? dkim_is_evidence(*c.p.platform)
                                      : has_stamp(*c.p.platform, source);
}

std::vector<Source> sources(const Case& c) {
  std::vector<Source> found;
  for (const auto& row : kinds) {
    if (const auto* field = stamped(c, row.source)) {
      found.push_back({row.source, field->value, !field->malformed && !field->contradictory});
    }
  }
  if (!dkim_is_evidence(*c.p.platform)) return found;
  for (const auto& s : c.e.signatures) {
    const auto& d = s.domain.domain;
    const bool named = under_suffix(c, d) || (is_google(c) && listed_by_name(c, d));
    if (named && is_evidence(c, s)) found.push_back({TenantSource::dkim, d});
  }
  return found;
}

bool lists_explicitly(const Case& c, TenantSource source) {
  return any(c.sender().tenants, [&](auto& t) { return of_kind(c, t, kind_of(source)); });
}

bool lists_values_for(const Case& c, TenantSource source) {
  const bool has_domains =
      source == TenantSource::originator_org && !c.sender().domains.empty() &&
      any(c.sender().tenants, [&](auto& t) { return t.tenant.platform == c.p.platform->name; });
  return has_domains || lists_explicitly(c, source);
}

bool is_listed(const Case& c, const Source& source) {
  if (!source.names) return false;
  if (source.source == TenantSource::originator_org && owns_originator_org(c) &&
      lists_values_for(c, source.source)) {
    return true;
  }
  return any(c.sender().tenants, [&](auto& t) {
    const bool same = source.source == TenantSource::dkim ? means(c, t.tenant.value, source.value)
                                                          : t.tenant.value == source.value;
    return same && of_kind(c, t, kind_of(source.source)) && t.in_force(c.e.time);
  });
}

bool is_blocked(const Case& c, TenantSource source, const std::string& value) {
  if (!c.p.blocked) return false;
  const auto hit = [&](const policy::Tenant& t) {
    if (t.platform != c.p.platform->name || t.kind != kind_of(source)) return false;
    if (source != TenantSource::dkim) return t.value == value;
    // Google: blocked in one form is blocked in both.
    return means(c, t.value, value) ||
           (is_google(c) && !under_suffix(c, value) && !label_of_name(value).empty() &&
            label_of_name(value) == label_of_name(t.value));
  };
  return any(*c.p.blocked, hit);
}

bool stamps_the_way(const Case& c) { return c.p.platform->kind == PlatformKind::microsoft365; }

bool suffix_crowded(const Case& c) {
  return std::count_if(c.e.signatures.begin(), c.e.signatures.end(),
                       [&](auto& s) { return under_suffix(c, s.domain.domain); }) > 10;
}

std::vector<Source> suffix_signatures(const Case& c) {
  std::vector<Source> found;
  for (const auto& s : c.e.signatures) {
    if (verified(s) && under_suffix(c, s.domain.domain)) {
      found.push_back({TenantSource::dkim, s.domain.domain});
    }
  }
  return found;
}

bool lists_under_suffix(const Case& c) {
  return any(c.sender().tenants, [&](auto& t) {
    return of_kind(c, t, TenantKind::name) && (is_google(c) ? !label_of_name(t.tenant.value).empty()
                                                            : under_suffix(c, t.tenant.value));
  });
}

bool listed_guid(const Case& c, const std::string& guid) {
  return any(c.sender().tenants, [&](auto& t) {
    return of_kind(c, t, TenantKind::guid) && t.tenant.value == guid && t.in_force(c.e.time);
  });
}

bool accepts(const Case& c, policy::Entity entity) {
  if (c.role.system) return entity == policy::Entity::hosted;
  return settings(c).entities.test(static_cast<std::size_t>(entity)) ||
         (c.role.forwarder && entity == policy::Entity::internet);
}

const policy::PlatformSettings& settings(const Case& c) {
  return c.sender().settings_for(c.p.platform->name);
}

bool aligned(const policy::Identity& one, const policy::Identity& other, policy::Alignment how) {
  return one.domain == other.domain ||
         (how == policy::Alignment::relaxed && !one.organisation.empty() &&
          one.organisation == other.organisation);
}

bool envelope_aligned(const Case& c) {
  if (!c.e.envelope) return false;
  const bool own = c.p.envelope.relation == policy::Ownership::Relation::owned &&
                   any(c.p.envelope.senders, [&](auto* s) { return s == c.role.sender; });
  return aligned(*c.e.envelope, *c.role.author, settings(c).spf_alignment) ||
         (c.e.envelope_srs && own);
}

Far how_far(const Case& c, const Signature& s) {
  if (s.state != Known::known) return Far::missing;
  const bool short_key = s.algorithm != policy::SignatureAlgorithm::ed25519_sha256 &&
                         s.key_bits > 0 && s.key_bits < 1024;
  if (!s.signs_from || short_key) return Far::unacceptable;  // whether or not it verified
  if (!s.verified) return Far::failed;
  const auto& only = c.sender().dkim_domains;
  const bool counts = only.empty() || any(only, [&](auto& d) { return d == s.domain.domain; }) ||
                      (c.role.platform_name && s.domain.domain == c.role.author->domain);
  if (!acceptable(s) || !counts) return Far::unacceptable;
  if (settings(c).dkim == policy::Requirement::aligned &&
      !aligned(s.domain, *c.role.author, settings(c).dkim_alignment)) {
    return Far::unaligned;
  }
  return Far::pass;
}

Far furthest(const Case& c) {
  Far best = Far::missing;
  for (const auto& s : c.e.signatures) best = std::max(best, how_far(c, s));
  return best;
}

}  // namespace oracle
