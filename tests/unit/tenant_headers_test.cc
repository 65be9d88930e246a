// SPDX-License-Identifier: BSD-2-Clause
// milter/evidence/tenant_headers: stamped fields, one or many, good and hostile (spec 4).
#include "milter/evidence/tenant_headers.h"

#include <algorithm>
#include <catch2/catch.hpp>

using evidence::HeaderField;
using policy::Platform;
using policy::PlatformKind;
using policy::TenantSource;
using Header = std::vector<HeaderField>;

namespace {

const std::string guid = "9f2c1e7a-3b54-4d6e-8f10-2a7b6c5d4e3f";
const std::string other_guid = "84df9e7f-e9f6-40af-b435-aaaaaaaaaaaa";
const Platform microsoft{
    .name = "microsoft365", .kind = PlatformKind::microsoft365, .dkim_suffix = "onmicrosoft.com"};
const Platform acme{.name = "acme", .tenant_header = "X-Acme-Account"};

policy::Evidence read(const Platform& platform, const Header& header) {
  policy::Evidence evidence;
  evidence::read_tenant_headers(header, platform, evidence);
  return evidence;
}

// "1 contoso.com", "2 conflict contoso.com", "1 malformed ", "none".
template <class Field>
std::string state(const Field& field) {
  return std::to_string(field.count) + (field.malformed ? " malformed" : "") +
         (field.contradictory ? " conflict" : "") + " ";
}
std::string tenant(const Platform& platform, TenantSource source, const Header& header) {
  for (const auto& field : read(platform, header).tenant_fields)
    if (field.source == source && field.count > 0) return state(field) + field.value;
  return "none";
}
std::string organisation(const Header& header) {
  return tenant(microsoft, TenantSource::originator_org, header);
}
std::string connecting(const std::vector<std::string>& values) {
  Header header;
  for (const auto& value : values)
    header.push_back({std::string(policy::connecting_field), " " + value});
  const auto field = read(microsoft, header).connecting;
  return state(field) + field.guid + " " + (field.ip ? field.ip->to_string() : "-");
}

}  // namespace

TEST_CASE("a stamped field is read in canonical form") {
  CHECK(organisation({{"X-OriginatorOrg", " Contoso.COM"}}) == "1 contoso.com");
  CHECK(organisation({{"x-originatororg", "contoso.com"}}) == "1 contoso.com");
  CHECK(organisation({{"X-OriginatorOrg \t", " contoso.com"}}) == "1 contoso.com");
  CHECK(organisation({{"X-OriginatorOrg", "\r\n contoso.com"}}) == "1 contoso.com");
  CHECK(organisation({{"X-OriginatorOrg", "\n\tcontoso.com"}}) == "1 contoso.com");
  CHECK(organisation({}) == "none");
  CHECK(organisation({{"X-Originator-Org", " contoso.com"}}) == "none");
  CHECK(organisation({{"XX-OriginatorOrg", " contoso.com"}}) == "none");
  CHECK(organisation({{"Subject", "X-OriginatorOrg: contoso.com"}}) == "none");
  CHECK(tenant(microsoft, TenantSource::crosstenant_id,
               {{"X-MS-Exchange-CrossTenant-Id", " 9F2C1E7A-3B54-4D6E-8F10-2A7B6C5D4E3F"}}) ==
        "1 " + guid);
  const Platform salesforce{.name = "salesforce", .kind = PlatformKind::salesforce};
  CHECK(tenant(salesforce, TenantSource::organisation_id, {{"X-SFDC-LK", " 00D20000000xxxxEAA"}}) ==
        "1 00D20000000xxxx");
  CHECK(tenant(acme, TenantSource::tenant_header, {{"X-ACME-Account", " Account-7"}}) ==
        "1 Account-7");
}

TEST_CASE("malformed stays malformed") {
  for (const char* bad : {"", " ", " contoso.com.", " contoso..com", " contoso.com, fabrikam.com",
                          " contoso.com fabrikam.com", " <contoso.com>", " \"contoso.com\"",
                          " contoso.com (x)", " (x) contoso.com", " contoso.\r\n com",
                          " =?us-ascii?q?contoso.com?=", " \U0001d41a\U0001d426\U0001d41azon.de",
                          " cont\xc3\xb6so.com", " contoso.com\x01", " contoso.com\rX",
                          " contoso.com\nX-OriginatorOrg: fabrikam.com"}) {
    CAPTURE(bad);
    CHECK(organisation({{"X-OriginatorOrg", bad}}) == "1 malformed ");
  }
}

TEST_CASE("several occurrences are counted, and differ or do not") {
  const HeaderField contoso{"X-OriginatorOrg", " contoso.com"};
  const HeaderField shouted{"x-originatororg", " CONTOSO.com"};
  const HeaderField fabrikam{"X-OriginatorOrg", " fabrikam.com"};
  const HeaderField broken{"X-OriginatorOrg", " fabrikam.com."};
  CHECK(organisation({contoso, shouted}) == "2 contoso.com");
  CHECK(organisation({contoso, fabrikam}) == "2 conflict contoso.com");
  CHECK(organisation({contoso, {"Subject", "x"}, contoso, fabrikam}) == "3 conflict contoso.com");
  CHECK(organisation({fabrikam, contoso, contoso}) == "3 conflict fabrikam.com");
  CHECK(organisation({contoso, broken}).starts_with("2 malformed"));
  CHECK(organisation({broken, contoso}).starts_with("2 malformed"));
  CHECK(organisation({broken, contoso}).ends_with(" contoso.com"));
  CHECK(organisation({broken, broken}) == "2 malformed ");
}

TEST_CASE("what was seen is cut and printable") {
  const auto evidence =
      read(microsoft, {{"X-OriginatorOrg", " a\x1b[31m" + std::string(200, 'b')}});
  REQUIRE_FALSE(evidence.tenant_fields.empty());
  const auto& seen = evidence.tenant_fields.front().seen;
  CHECK(seen.starts_with("a?[31mbbb"));
  CHECK(seen.size() <= 60);
}

TEST_CASE("fields of other platforms are noise") {
  const Header header{
      {"X-OriginatorOrg", " contoso.com"},
      {"X-MS-Exchange-CrossTenant-Id", " " + guid},
      {"X-MS-Exchange-CrossTenant-FromEntityHeader", " Hosted"},
      {"X-MS-Exchange-CrossTenant-AuthAs", " Internal"},
      {std::string(policy::connecting_field), " TenantId=" + guid + ";Ip=[192.0.2.1];Helo=[a]"},
      {"X-SFDC-LK", " 00D20000000xxxx"}};
  for (const Platform& platform :
       {acme, Platform{.name = "google", .kind = PlatformKind::google}}) {
    const auto evidence = read(platform, header);
    for (const auto& field : evidence.tenant_fields) CHECK(field.count == 0);
    CHECK(evidence.connecting.count == 0);
    CHECK(evidence.entity.count == 0);
    CHECK(evidence.auth_as == "");
  }
}

TEST_CASE("the entity is kept as it was read, and counted") {
  const std::string name(policy::entity_field);
  const auto one = read(microsoft, {{name, " HybridOnPrem"}}).entity;
  CHECK(one.count == 1);
  CHECK(one.value == "HybridOnPrem");
  const auto two = read(microsoft, {{name, " Hosted"}, {name, " Internet"}}).entity;
  CHECK(two.count == 2);
  CHECK(two.value == "Hosted");
  const auto odd =
      read(microsoft, {{"x-ms-exchange-crosstenant-fromentityheader ", "\r\n hosted"}});
  CHECK(odd.entity.count == 1);
  CHECK(odd.entity.value == "hosted");
  CHECK(read(microsoft, {{name, ""}}).entity.count == 1);
  CHECK(read(microsoft, {}).entity.count == 0);
  CHECK(read(microsoft, {{std::string(policy::auth_as_field), " Internal"}}).auth_as == "Internal");
}

TEST_CASE("the connecting tenant and its address") {
  const std::string good = "1 " + guid + " 192.0.2.1";
  for (const auto& value : std::vector<std::string>{
           "TenantId=" + guid + ";Ip=[192.0.2.1];Helo=[mail.example]",
           "TenantId=9F2C1E7A-3B54-4D6E-8F10-2A7B6C5D4E3F;Ip=[192.0.2.1];Helo=[x]",
           "Ip=[192.0.2.1];TenantId=" + guid,
           " TenantId = " + guid + " ; Ip = [192.0.2.1] ; Helo=[]",
           "TenantId=" + guid + ";Ip=[192.0.2.1];Unknown=x;Other=[y;",
           "TenantId=" + guid + ";\r\n Ip=[192.0.2.1];\r\n\tHelo=[mail.example]",
           "TenantId=" + guid + ";Ip=[::ffff:192.0.2.1];Helo=[x]"}) {
    CAPTURE(value);
    CHECK(connecting({value}) == good);
  }
  CHECK(connecting({"TenantId=" + guid + ";Ip=[2001:DB8::1];Helo=[x]"}) ==
        "1 " + guid + " 2001:db8::1");
  CHECK(connecting({}) == "0  -");
}

TEST_CASE("a connecting tenant that can't be read is malformed") {
  const std::string id = "TenantId=" + guid;
  for (const std::string& value : {std::string(),
                                   std::string("none"),
                                   id,
                                   id + ";Helo=[x]",
                                   std::string("Ip=[192.0.2.1]"),
                                   id + ";" + id + ";Ip=[192.0.2.1]",
                                   id + ";Ip=[192.0.2.1];Ip=[192.0.2.1]",
                                   id + ";Ip=[192.0.2.1];Ip=[192.0.2.2]",
                                   id + ";TenantId=" + other_guid + ";Ip=[192.0.2.1]",
                                   id + ";tenantid=" + other_guid + ";Ip=[192.0.2.1]",
                                   "TenantId={" + guid + "};Ip=[192.0.2.1]",
                                   std::string("TenantId=;Ip=[192.0.2.1]"),
                                   id + ";Ip=[]",
                                   id + ";Ip=[192.0.2.256]",
                                   id + ";Ip=[192.0.2.1",
                                   id + ";Ip=192.0.2.1]",
                                   id + ";Ip=[[192.0.2.1]]",
                                   id + ";Ip=[192.0.2.1] x",
                                   id + " Ip=[192.0.2.1]",
                                   id + ";Ip=[192.0.2.0/24]",
                                   id + ".;Ip=[192.0.2.1]"}) {
    CAPTURE(value);
    CHECK(connecting({value}).starts_with("1 malformed"));
  }
}

TEST_CASE("connecting tenants that differ contradict each other") {
  const std::string value = "TenantId=" + guid + ";Ip=[192.0.2.1];Helo=[a]";
  CHECK(connecting({value, value}) == "2 " + guid + " 192.0.2.1");
  // The Helo is no part of its canonical form.
  CHECK(connecting({value, "Ip = [192.0.2.1]; TenantId = " + guid + ";Helo=[b]"}) ==
        "2 " + guid + " 192.0.2.1");
  CHECK(connecting({value, "TenantId=" + other_guid + ";Ip=[192.0.2.1]"}) ==
        "2 conflict " + guid + " 192.0.2.1");
  CHECK(connecting({value, "TenantId=" + guid + ";Ip=[192.0.2.2]"}) ==
        "2 conflict " + guid + " 192.0.2.1");
  CHECK(connecting({value, "TenantId=" + guid}).starts_with("2 malformed"));
}
