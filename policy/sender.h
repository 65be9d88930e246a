// SPDX-License-Identifier: BSD-2-Clause
// A sender's own configuration (spec 5), resolved: defaults are filled in and
// names are canonical. Immutable values.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/network.h"
#include "policy/tenant.h"

namespace policy {

enum class Mode { monitor, tag, quarantine, enforce };  // from lenient to strict
enum class Requirement { off, pass, aligned };          // spf, dkim
enum class Alignment { relaxed, strict };
enum class Forwarding { reject, allow };
enum class TenantEvidence { any, all };
enum class Entity { hosted, hybrid_on_prem, internet, unstamped };
using Entities = std::bitset<4>;  // indexed by Entity

// The one table of each vocabulary; the index is the enumerator.
inline constexpr std::array<std::string_view, 4> mode_names{"monitor", "tag", "quarantine",
                                                            "enforce"};
inline constexpr std::array<std::string_view, 3> requirement_names{"off", "pass", "aligned"};
inline constexpr std::array<std::string_view, 2> alignment_names{"relaxed", "strict"};
inline constexpr std::array<std::string_view, 2> forwarding_names{"reject", "allow"};
inline constexpr std::array<std::string_view, 2> tenant_evidence_names{"any", "all"};
inline constexpr std::array<std::string_view, 4> entity_names{"Hosted", "HybridOnPrem", "Internet",
                                                              "unstamped"};

template <class Enum, std::size_t N>
std::string_view name_of(Enum value, const std::array<std::string_view, N>& names) {
  return names[static_cast<std::size_t>(value)];
}
template <class Enum, std::size_t N>
std::optional<Enum> named(std::string_view name, const std::array<std::string_view, N>& names) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

// The keys that may differ by platform (`[sender.platform.X]`).
struct PlatformSettings {
  Requirement spf = Requirement::off;
  Alignment spf_alignment = Alignment::relaxed;
  Requirement dkim = Requirement::off;
  Alignment dkim_alignment = Alignment::relaxed;
  Entities entities = Entities().set(static_cast<std::size_t>(Entity::hosted));
};

struct ListedTenant {
  Tenant tenant;
  std::optional<std::int64_t> until;  // seconds since 1970 at which it stops to count
  std::string note;

  bool in_force(std::int64_t time) const { return !until || time < *until; }
};

struct Sender {
  std::string name;
  Mode mode = Mode::enforce;
  std::vector<std::string> domains;
  bool subdomains = false;
  std::vector<ListedTenant> tenants;
  std::vector<Network> networks;
  std::vector<std::string> logins;
  std::vector<std::string> dkim_domains;  // empty: any
  std::vector<Network> hybrid_sources;    // empty: any
  TenantEvidence tenant_evidence = TenantEvidence::any;
  Forwarding forwarding = Forwarding::reject;
  std::vector<std::string> delegates;
  PlatformSettings settings;
  std::map<std::string, PlatformSettings> platform_settings;

  const PlatformSettings& settings_for(const std::string& platform) const {
    const auto own = platform_settings.find(platform);
    return own == platform_settings.end() ? settings : own->second;
  }
};

}  // namespace policy
