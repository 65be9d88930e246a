// SPDX-License-Identifier: BSD-2-Clause
// Tenants of shared platforms, and the sources that name them (spec 4).
// Values are in canonical form: domains and GUIDs in lower case (GUIDs without
// braces), Salesforce ids as their first 15 characters, an operator's own header
// value to the byte.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

namespace policy {

// What can name a tenant. All but `dkim` are stamped by the platform on this hop;
// `dkim`, a signature's d=, can be replayed by anybody.
enum class TenantSource {
  originator_org,   // X-OriginatorOrg: a domain of the tenant
  crosstenant_id,   // X-MS-Exchange-CrossTenant-Id: its GUID
  organisation_id,  // X-SFDC-LK
  tenant_header,    // the `tenant-header` of an operator's own platform
  dkim,
};

struct TenantSourceInfo {
  TenantSource source;
  std::string_view name;  // in the decision log and in `tenantctl`
  bool stamped;
};

inline constexpr std::array<TenantSourceInfo, 5> tenant_sources{{
    {TenantSource::originator_org, "originator-org", true},
    {TenantSource::crosstenant_id, "crosstenant-id", true},
    {TenantSource::organisation_id, "organisation-id", true},
    {TenantSource::tenant_header, "tenant-header", true},
    {TenantSource::dkim, "dkim", false},
}};

constexpr const TenantSourceInfo& info(TenantSource source) {
  return tenant_sources[static_cast<std::size_t>(source)];
}

// What a tenant's value is, known from its form alone once the platform is known.
enum class TenantKind { name, guid, id };

// A tenant as the policy writes it: "microsoft365:contoso.onmicrosoft.com".
struct Tenant {
  std::string platform;
  TenantKind kind = TenantKind::name;
  std::string value;

  std::string to_string() const { return platform + ":" + value; }
  auto operator<=>(const Tenant&) const = default;
};

// The same where it lies, to be looked up.
struct TenantView {
  std::string_view platform;
  TenantKind kind = TenantKind::name;
  std::string_view value;

  TenantView(std::string_view of, TenantKind is, std::string_view says)
      : platform(of), kind(is), value(says) {}
  TenantView(const Tenant& tenant) : TenantView(tenant.platform, tenant.kind, tenant.value) {}
  bool operator==(const TenantView&) const = default;
};

struct TenantHash {
  using is_transparent = void;
  std::size_t operator()(const TenantView& tenant) const {
    return std::hash<std::string_view>{}(tenant.value) ^
           (std::hash<std::string_view>{}(tenant.platform) << 1);
  }
};
struct TenantEqual {
  using is_transparent = void;
  bool operator()(const TenantView& a, const TenantView& b) const { return a == b; }
};
using TenantSet = std::unordered_set<Tenant, TenantHash, TenantEqual>;

// Canonical forms; nothing where the text is malformed. Never trims.
std::optional<std::string> canonical_guid(std::string_view text);
std::optional<std::string> canonical_organisation_id(std::string_view text);  // Salesforce
std::optional<std::string> canonical_header_value(std::string_view text);     // 1 to 255 graphic

}  // namespace policy
