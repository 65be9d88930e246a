// SPDX-License-Identifier: BSD-2-Clause
#include "policy/tenants.h"

#include <algorithm>

#include "policy/domain.h"

namespace policy {

namespace {

constexpr unsigned min_key_bits = 1024;    // RFC 8301 3.2
constexpr std::int64_t clock_drift = 300;  // seconds that t= may lie ahead (spec 4)

bool has_dot(std::string_view name) { return name.find('.') != std::string_view::npos; }

std::string with_dashes(std::string name) {
  std::replace(name.begin(), name.end(), '.', '-');
  return name;
}

// The name that a Google label with one hyphen stands for; others are ambiguous.
std::optional<std::string> name_of_label(std::string label) {
  if (has_dot(label) || std::count(label.begin(), label.end(), '-') != 1) return std::nullopt;
  std::replace(label.begin(), label.end(), '-', '.');
  return label;
}

// Whether a listed name is the one that d= names on this platform.
bool names_signer(const Platform& platform, std::string_view listed,
                  std::string_view signing_domain) {
  if (platform.kind == PlatformKind::google && has_dot(listed) && listed == signing_domain)
    return true;
  const auto named = dkim_tenant(platform, signing_domain);
  if (!named) return false;
  if (platform.kind == PlatformKind::google) return google_label(listed) == named->value;
  return listed == named->value;
}

CheckState evidence_state(const Signature& signature, const Platform& platform, std::int64_t time) {
  const bool fresh = signature.signed_at && *signature.signed_at <= time + clock_drift &&
                     *signature.signed_at >= time - platform.dkim_max_age.count() &&
                     (!signature.expires_at || time <= *signature.expires_at);
  if (!fresh || !signature.covers_replayable || !fields_acceptable(signature))
    return CheckState::fail;
  switch (signature.state) {
    case Known::pending:
      return CheckState::pending;
    case Known::unavailable:
      return CheckState::unavailable;
    case Known::known:
      return signature.verified && key_acceptable(signature) ? CheckState::pass : CheckState::fail;
    case Known::not_asked:
      break;
  }
  return CheckState::fail;
}

}  // namespace

TenantKind kind_of(TenantSource source) {
  switch (source) {
    case TenantSource::crosstenant_id:
      return TenantKind::guid;
    case TenantSource::organisation_id:
    case TenantSource::tenant_header:
      return TenantKind::id;
    case TenantSource::originator_org:
    case TenantSource::dkim:
      break;
  }
  return TenantKind::name;
}

bool is_blocked(const TenantSet* blocked, const TenantView& tenant) {
  return blocked != nullptr && blocked->contains(tenant);
}

bool lists_in_force(const Sender& sender, const TenantView& tenant, std::int64_t time) {
  return std::any_of(sender.tenants.begin(), sender.tenants.end(), [&](const ListedTenant& entry) {
    return entry.tenant == tenant && entry.in_force(time);
  });
}

bool lists_any(const Sender& sender, const Platform& platform) {
  return std::any_of(sender.tenants.begin(), sender.tenants.end(), [&](const ListedTenant& entry) {
    return entry.tenant.platform == platform.name;
  });
}

bool lists_any_in_force(const Sender& sender, const Platform& platform, std::int64_t time) {
  return std::any_of(sender.tenants.begin(), sender.tenants.end(), [&](const ListedTenant& entry) {
    return entry.tenant.platform == platform.name && entry.in_force(time);
  });
}

bool lists_kind(const Sender& sender, const Platform& platform, TenantKind kind) {
  return std::any_of(sender.tenants.begin(), sender.tenants.end(), [&](const ListedTenant& entry) {
    return entry.tenant.platform == platform.name && entry.tenant.kind == kind;
  });
}

bool lists_dkim_name(const Sender& sender, const Platform& platform) {
  return std::any_of(sender.tenants.begin(), sender.tenants.end(), [&](const ListedTenant& entry) {
    if (entry.tenant.platform != platform.name || entry.tenant.kind != TenantKind::name)
      return false;
    if (platform.kind == PlatformKind::google) return google_label(entry.tenant.value).has_value();
    return is_below(entry.tenant.value, platform.dkim_suffix);
  });
}

bool lists_signer(const Sender& sender, const Platform& platform, std::string_view signing_domain,
                  std::int64_t time) {
  return std::any_of(sender.tenants.begin(), sender.tenants.end(), [&](const ListedTenant& entry) {
    return entry.tenant.platform == platform.name && entry.tenant.kind == TenantKind::name &&
           entry.in_force(time) && names_signer(platform, entry.tenant.value, signing_domain);
  });
}

bool mentions_signer(const Sender& sender, const Platform& platform,
                     std::string_view signing_domain) {
  return std::any_of(sender.tenants.begin(), sender.tenants.end(), [&](const ListedTenant& entry) {
    return entry.tenant.platform == platform.name && entry.tenant.kind == TenantKind::name &&
           names_signer(platform, entry.tenant.value, signing_domain);
  });
}

bool signer_is_blocked(const TenantSet* blocked, const Platform& platform,
                       std::string_view signing_domain) {
  auto name_is_blocked = [&](std::string name) {
    return is_blocked(blocked, {platform.name, TenantKind::name, std::move(name)});
  };
  const auto named = dkim_tenant(platform, signing_domain);
  if (named && name_is_blocked(named->value)) return true;
  if (platform.kind != PlatformKind::google) return false;
  // Google's two forms of one tenant: blocked in either, it is blocked in both.
  if (named) {
    const auto name = name_of_label(named->value);
    return name && name_is_blocked(*name);
  }
  const std::string domain(signing_domain);
  return name_is_blocked(domain) || name_is_blocked(with_dashes(domain));
}

bool is_aligned(const Identity& identity, const Identity& author, Alignment alignment) {
  if (identity.domain.empty()) return false;
  if (identity.domain == author.domain) return true;
  return alignment == Alignment::relaxed && !author.organisation.empty() &&
         identity.organisation == author.organisation;
}

bool fields_acceptable(const Signature& signature) {
  return signature.signs_every_from && !signature.body_limit &&
         signature.algorithm != SignatureAlgorithm::rsa_sha1;
}

bool is_short_key(const Signature& signature) {
  return signature.algorithm != SignatureAlgorithm::ed25519_sha256 && signature.key_bits > 0 &&
         signature.key_bits < min_key_bits;
}

bool key_acceptable(const Signature& signature) {
  return !signature.test_key && (signature.algorithm == SignatureAlgorithm::ed25519_sha256 ||
                                 signature.key_bits >= min_key_bits);
}

std::vector<SignerEvidence> signer_evidence(const Evidence& evidence, const Platform& platform,
                                            const Sender& sender, const TenantSet* blocked) {
  std::vector<SignerEvidence> found;
  for (const Signature& signature : evidence.signatures) {
    const std::string& domain = signature.domain.domain;
    if (domain.empty()) continue;
    const bool is_barred = signer_is_blocked(blocked, platform, domain);
    if (!is_barred && !dkim_tenant(platform, domain) && !mentions_signer(sender, platform, domain))
      continue;
    found.push_back({domain, evidence_state(signature, platform, evidence.time),
                     lists_signer(sender, platform, domain, evidence.time), is_barred});
  }
  return found;
}

const TenantField* field_of(const Evidence& evidence, TenantSource source) {
  for (const TenantField& field : evidence.tenant_fields) {
    if (field.source == source && field.count > 0) return &field;
  }
  return nullptr;
}

}  // namespace policy
