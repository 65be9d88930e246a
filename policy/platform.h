// SPDX-License-Identifier: BSD-2-Clause
// Shared sending platforms: where they send from and what names the tenant
// (spec 4). Values; the built-in ones are data (policy/store/platforms.toml).
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/network.h"
#include "policy/tenant.h"

namespace policy {

// Where Microsoft sends forwarded and SPF-failing mail of everybody from: no platform's network,
// and nobody's own (40.95.0.0/16).
const Network& relay_pool();
// Whether a network reaches the host itself: loopback or unspecified addresses.
bool reaches_host(const Network& network);

// Which vocabulary of stamps a platform speaks.
enum class PlatformKind { microsoft365, google, salesforce, custom };
inline constexpr std::array<std::string_view, 4> platform_kind_names{"microsoft365", "google",
                                                                     "salesforce", "custom"};

struct Platform {
  std::string name;  // "microsoft365"
  PlatformKind kind = PlatformKind::custom;
  std::vector<Network> networks;
  std::vector<std::string> spf;    // names whose SPF records list its networks
  std::string client_certificate;  // CN of its TLS client certificate; "" asks for none
  std::string tenant_header;       // field name of source tenant_header; custom platforms only
  std::string dkim_suffix;         // d= below it names a tenant; "" where there is none
  std::chrono::seconds dkim_max_age = std::chrono::hours(72);
  // At names below dkim_suffix, the local parts from which the platform itself writes: bounces
  // and reports (spec 6, "System mail").
  std::vector<std::string> system_local_parts;
};

// The stamped sources of a platform with the field that carries each.
struct StampedField {
  TenantSource source{};
  std::string_view field;
};

// Two at most.
class StampedFields {
 public:
  StampedFields(std::initializer_list<StampedField> fields) : size_(fields.size()) {
    std::copy(fields.begin(), fields.end(), fields_.begin());
  }
  const StampedField* begin() const { return fields_.data(); }
  const StampedField* end() const { return fields_.data() + size_; }
  bool empty() const { return size_ == 0; }

 private:
  std::array<StampedField, 2> fields_{};
  std::size_t size_;
};
StampedFields stamped_fields(const Platform& platform);

// Whether a replayable signature is all the evidence there is (spec 4, "DKIM as
// the only evidence").
bool dkim_is_the_evidence(const Platform& platform);

// Whether the platform stamps how a message reached the tenant: entity, AuthAs and
// connecting tenant (Microsoft 365; spec 6, check 8).
inline bool stamps_the_way(const Platform& platform) {
  return platform.kind == PlatformKind::microsoft365;
}

inline constexpr std::string_view entity_field = "X-MS-Exchange-CrossTenant-FromEntityHeader";
inline constexpr std::string_view auth_as_field = "X-MS-Exchange-CrossTenant-AuthAs";
inline constexpr std::string_view connecting_field =
    "X-MS-Exchange-CrossTenant-OriginalAttributedTenantConnectingIp";

// The canonical form of a tenant value as the policy may list it for this
// platform, or nothing where it has none of the platform's forms.
std::optional<Tenant> canonical_tenant(const Platform& platform, std::string_view value);

// The canonical form of what a stamped field says, or nothing where it is malformed.
std::optional<Tenant> stamped_tenant(const Platform& platform, TenantSource source,
                                     std::string_view value);

// Whether a listed name below an operator's own suffix stands for the value of the
// platform's tenant header as well.
bool is_header_value_too(const Platform& platform, const Tenant& listed);

// The tenant that a signature's d= (canonical) names on this platform: Google's
// TENANT.SELECTOR.gappssmtp.com gives TENANT, others the name as a whole. Nothing
// where d= is not below the suffix; a d= below it in another form names itself.
std::optional<Tenant> dkim_tenant(const Platform& platform, std::string_view signing_domain);

// Google only: the TENANT label that a listed name stands for. A name without a
// dot is the label; one with exactly one dot and no hyphen stands for a single
// label (contoso.com, contoso-com); any other could be several organisations'.
std::optional<std::string> google_label(std::string_view listed_name);

}  // namespace policy
