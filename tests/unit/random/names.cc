// SPDX-License-Identifier: BSD-2-Clause
// See worlds.h: who there is, and where they send from.
#include <stdexcept>

#include "tests/unit/random/worlds.h"

namespace random_cases {
namespace {

using policy::Platform;
using policy::PlatformKind;
using policy::Tenant;
using policy::TenantKind;
using policy::TenantSource;

Organisation organisation(const std::string& name, char letter) {
  const std::string four(4, letter), eight(8, letter);
  return {.name = name,
          .domain = name + ".example",
          .microsoft = name + ".onmicrosoft.com",
          .guid = eight + "-0000-4000-8000-00000000" + four,
          .google = name + "-example.20230601.gappssmtp.com",
          .salesforce = "00D200000000" + std::string(3, letter),
          .account = "ACC-" + name,
          .acme = name + ".mail.acme.example"};
}

Platform at(Platform platform, const char* network) {
  platform.networks = {*policy::Network::parse(network)};
  return platform;
}

Platform asking(Platform platform, const char* certificate) {
  platform.client_certificate = certificate;
  return platform;
}

Platform acme_without(bool header) {
  Platform platform = at(oracle::acme(), "198.51.100.128/25");
  (header ? platform.tenant_header : platform.dkim_suffix).clear();
  return platform;
}

}  // namespace

const std::vector<Organisation>& customers() {
  static const std::vector<Organisation> all{
      organisation("adatum", 'a'), organisation("contoso", 'c'), organisation("fabrikam", 'f'),
      organisation("tailspin", '7')};
  return all;
}

const Organisation& evil() {
  static const Organisation one = organisation("evil", 'e');
  return one;
}

const Organisation& stranger() {
  static const Organisation one = organisation("stranger", '5');
  return one;
}

const std::vector<Platform>& platforms() {
  static const std::vector<Platform> all{
      at(oracle::microsoft365(), "40.92.0.0/15"),
      asking(at(oracle::microsoft365(), "40.92.0.0/15"), "out.platform.example"),
      at(oracle::google(), "74.125.0.0/16"),
      at(oracle::salesforce(), "198.51.100.0/25"),
      at(oracle::acme(), "198.51.100.128/25"),
      asking(at(oracle::acme(), "198.51.100.128/25"), "out.acme.example"),
      acme_without(true),
      acme_without(false)};
  return all;
}

std::vector<Tenant> tenants_of(const Organisation& who, const Platform& platform) {
  switch (platform.kind) {
    case PlatformKind::microsoft365:
      return {{platform.name, TenantKind::name, who.microsoft},
              {platform.name, TenantKind::guid, who.guid}};
    case PlatformKind::google:
      return {{platform.name, TenantKind::name, who.domain},
              {platform.name, TenantKind::name, who.name + "-example"}};
    case PlatformKind::salesforce:
      return {{platform.name, TenantKind::id, who.salesforce}};
    case PlatformKind::custom:
      break;
  }
  std::vector<Tenant> all;
  if (!platform.tenant_header.empty()) all.push_back({platform.name, TenantKind::id, who.account});
  if (!platform.dkim_suffix.empty()) all.push_back({platform.name, TenantKind::name, who.acme});
  return all;
}

std::string stamp_of(const Organisation& who, const Platform& platform, TenantSource source) {
  switch (source) {
    case TenantSource::originator_org:
      return platform.kind == PlatformKind::microsoft365 ? who.microsoft : "";
    case TenantSource::crosstenant_id:
      return platform.kind == PlatformKind::microsoft365 ? who.guid : "";
    case TenantSource::organisation_id:
      return platform.kind == PlatformKind::salesforce ? who.salesforce : "";
    case TenantSource::tenant_header:
      return platform.tenant_header.empty() ? "" : who.account;
    case TenantSource::dkim:
      return "";
  }
  throw std::logic_error("no source");
}

std::string signer_of(const Organisation& who, const Platform& platform) {
  if (platform.dkim_suffix.empty()) return "";
  if (platform.kind == PlatformKind::google) return who.google;
  return platform.kind == PlatformKind::custom ? who.acme : who.microsoft;
}

}  // namespace random_cases
