// SPDX-License-Identifier: BSD-2-Clause
#include "policy/platform.h"

#include <algorithm>

#include "policy/domain.h"

namespace policy {

namespace {

std::optional<Tenant> tenant_of(const Platform& platform, TenantKind kind,
                                std::optional<std::string> value) {
  if (!value) return std::nullopt;
  return Tenant{platform.name, kind, std::move(*value)};
}

std::optional<std::string> dotted_domain(std::string_view value) {
  auto domain = canonical_domain(value);
  if (domain && domain->find('.') == std::string::npos) return std::nullopt;
  return domain;
}

std::optional<std::string> domain_below(std::string_view value, std::string_view suffix) {
  auto domain = canonical_domain(value);
  if (domain && !is_below(*domain, suffix)) return std::nullopt;
  return domain;
}

}  // namespace

const Network& relay_pool() {
  static const Network pool = *Network::parse("40.95.0.0/16");
  return pool;
}

bool reaches_host(const Network& network) {
  static const Network hosts[] = {*Network::parse("127.0.0.0/8"), *Network::parse("::1"),
                                  *Network::parse("0.0.0.0"), *Network::parse("::")};
  return std::any_of(std::begin(hosts), std::end(hosts),
                     [&](const Network& host) { return network.overlaps(host); });
}

StampedFields stamped_fields(const Platform& platform) {
  switch (platform.kind) {
    case PlatformKind::microsoft365:
      return {{TenantSource::originator_org, "X-OriginatorOrg"},
              {TenantSource::crosstenant_id, "X-MS-Exchange-CrossTenant-Id"}};
    case PlatformKind::salesforce:
      return {{TenantSource::organisation_id, "X-SFDC-LK"}};
    case PlatformKind::custom:
      if (!platform.tenant_header.empty())
        return {{TenantSource::tenant_header, platform.tenant_header}};
      break;
    case PlatformKind::google:
      break;
  }
  return {};
}

bool dkim_is_the_evidence(const Platform& platform) { return stamped_fields(platform).empty(); }

std::optional<Tenant> canonical_tenant(const Platform& platform, std::string_view value) {
  switch (platform.kind) {
    case PlatformKind::microsoft365:
      if (auto guid = canonical_guid(value)) return tenant_of(platform, TenantKind::guid, guid);
      return tenant_of(platform, TenantKind::name, dotted_domain(value));
    case PlatformKind::google:
      return tenant_of(platform, TenantKind::name, canonical_domain(value));
    case PlatformKind::salesforce:
      return tenant_of(platform, TenantKind::id, canonical_organisation_id(value));
    case PlatformKind::custom:
      if (auto name = domain_below(value, platform.dkim_suffix))
        return tenant_of(platform, TenantKind::name, name);
      if (!platform.tenant_header.empty())
        return tenant_of(platform, TenantKind::id, canonical_header_value(value));
      break;
  }
  return std::nullopt;
}

std::optional<Tenant> stamped_tenant(const Platform& platform, TenantSource source,
                                     std::string_view value) {
  switch (source) {
    case TenantSource::originator_org:
      return tenant_of(platform, TenantKind::name, canonical_domain(value));
    case TenantSource::crosstenant_id:
      return tenant_of(platform, TenantKind::guid, canonical_guid(value));
    case TenantSource::organisation_id:
      return tenant_of(platform, TenantKind::id, canonical_organisation_id(value));
    case TenantSource::tenant_header:
      return tenant_of(platform, TenantKind::id, canonical_header_value(value));
    case TenantSource::dkim:
      break;
  }
  return std::nullopt;
}

bool is_header_value_too(const Platform& platform, const Tenant& listed) {
  return !platform.tenant_header.empty() && listed.kind == TenantKind::name;
}

std::optional<Tenant> dkim_tenant(const Platform& platform, std::string_view signing_domain) {
  if (!is_below(signing_domain, platform.dkim_suffix)) return std::nullopt;
  std::string_view named = signing_domain;
  if (platform.kind == PlatformKind::google) {
    // TENANT.SELECTOR.gappssmtp.com
    const auto below =
        signing_domain.substr(0, signing_domain.size() - platform.dkim_suffix.size() - 1);
    if (std::count(below.begin(), below.end(), '.') == 1) named = below.substr(0, below.find('.'));
  }
  return Tenant{platform.name, TenantKind::name, std::string(named)};
}

std::optional<std::string> google_label(std::string_view listed_name) {
  const auto dots = std::count(listed_name.begin(), listed_name.end(), '.');
  if (dots == 0) return std::string(listed_name);
  if (dots > 1 || listed_name.find('-') != std::string_view::npos) return std::nullopt;
  std::string label(listed_name);
  std::replace(label.begin(), label.end(), '.', '-');
  return label;
}

}  // namespace policy
