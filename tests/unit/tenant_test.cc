// SPDX-License-Identifier: BSD-2-Clause
// policy/tenant and policy/platform: the canonical forms of tenants (spec 4). What is
// malformed is never trimmed into something useful.
#include "policy/tenant.h"

#include <catch2/catch.hpp>
#include <set>

#include "policy/platform.h"

using policy::Platform;
using policy::PlatformKind;
using policy::TenantKind;
using policy::TenantSource;

namespace {

using Text = std::optional<std::string>;

const std::string guid = "9f2c1e7a-3b54-4d6e-8f10-2a7b6c5d4e3f";

Platform microsoft() {
  return {
      .name = "microsoft365", .kind = PlatformKind::microsoft365, .dkim_suffix = "onmicrosoft.com"};
}
Platform google() {
  return {.name = "google", .kind = PlatformKind::google, .dkim_suffix = "gappssmtp.com"};
}
Platform salesforce() { return {.name = "salesforce", .kind = PlatformKind::salesforce}; }
Platform acme() {
  return {.name = "acme", .tenant_header = "X-Acme-Account", .dkim_suffix = "mail.acme.example"};
}

// "name microsoft365:contoso.com", or "" for none.
std::string described(const std::optional<policy::Tenant>& tenant) {
  if (!tenant) return "";
  const char* kinds[] = {"name ", "guid ", "id "};
  return kinds[static_cast<int>(tenant->kind)] + tenant->to_string();
}

std::string listed(const Platform& platform, std::string_view value) {
  return described(policy::canonical_tenant(platform, value));
}
std::string stamped(const Platform& platform, TenantSource source, std::string_view value) {
  return described(policy::stamped_tenant(platform, source, value));
}
std::string signing(const Platform& platform, std::string_view domain) {
  return described(policy::dkim_tenant(platform, domain));
}

}  // namespace

TEST_CASE("a GUID has one form") {
  CHECK(policy::canonical_guid(guid) == guid);
  CHECK(policy::canonical_guid("9F2C1E7A-3B54-4D6E-8F10-2A7B6C5D4E3F") == guid);
  CHECK(policy::canonical_guid("00000000-0000-0000-0000-000000000000") ==
        "00000000-0000-0000-0000-000000000000");
  const std::string bad[] = {
      "", "{" + guid + "}", " " + guid, guid + " ", guid + "\n", guid + ".", guid + "0",
      guid.substr(1), "9f2c1e7a3b544d6e8f102a7b6c5d4e3f", "9f2c1e7a-3b54-4d6e-8f10-2a7b6c5d4e3g",
      "9f2c1e7a-3b54-4d6e-8f102-a7b6c5d4e3f", "9f2c1e7a_3b54_4d6e_8f10_2a7b6c5d4e3f",
      // Full-width digits are no digits, a NUL is no end.
      "\uff19f2c1e7a-3b54-4d6e-8f10-2a7b6c5d4e", guid + std::string(1, '\0'), std::string(36, '-'),
      "(" + guid + ")", "urn:uuid:" + guid};
  for (const auto& text : bad) {
    CAPTURE(text);
    CHECK_FALSE(policy::canonical_guid(text));
  }
}

TEST_CASE("a Salesforce id is its first 15 characters, with case") {
  // Bit n of each checksum character, A to Z and 0 to 5, tells whether the nth of its
  // five characters is a capital.
  const char* pairs[][2] = {{"00D20000000xxxx", "EAA"}, {"00D000000000062", "EAA"},
                            {"00DA0000000ABcd", "MAG"}, {"00Dx0000000BV7z", "EAG"},
                            {"005A0000000AbCd", "IAK"}, {"ABCDEFGHIJKLMNO", "555"},
                            {"abcdefghijklmno", "AAA"}, {"000000000000000", "AAA"},
                            {"00D5g00000KzAbQ", "EAV"}, {"AbCdEfGhIjKlMnO", "VKV"}};
  for (const auto& [id, checksum] : pairs) {
    CAPTURE(id, checksum);
    CHECK(policy::canonical_organisation_id(id) == id);
    CHECK(policy::canonical_organisation_id(std::string(id) + checksum) == id);
  }
}

TEST_CASE("a Salesforce id with a wrong checksum, length or character is none") {
  const char* bad[] = {"",
                       "00D20000000xxx",
                       "00D20000000xxxxE",
                       "00D20000000xxxxEA",
                       "00D20000000xxxxEAB",  // each character of the checksum counts
                       "00D20000000xxxxAAA",
                       "00D20000000xxxxEBA",
                       "00D20000000XxxxEAA",  // another organisation's checksum
                       "00D20000000xxxxEAAA",
                       "00D20000000xxx-",
                       "00D20000000xxx ",
                       " 00D20000000xxxx",
                       "00D20000000xxxx EAA",
                       "00D20000000xxx\xc3\xa4",
                       "00D20000000xxxxE6A",
                       "00D20000000xxxx==="};
  for (const char* text : bad) {
    CAPTURE(text);
    CHECK_FALSE(policy::canonical_organisation_id(text));
  }
}

TEST_CASE("an operator's own value is 1 to 255 graphic characters, to the byte") {
  for (const std::string& good : {std::string("a"), std::string("!"), std::string("~"),
                                  std::string("Account-7/EU;x=y"), std::string(255, 'A')})
    CHECK(policy::canonical_header_value(good) == good);
  for (const std::string& bad :
       {std::string(), std::string(256, 'A'), std::string("a b"), std::string(" a"),
        std::string("a "), std::string("a\t"), std::string("a\r\n b"), std::string("\x7f"),
        std::string("caf\xc3\xa9"), std::string("a\0b", 3)}) {
    CAPTURE(bad);
    CHECK_FALSE(policy::canonical_header_value(bad));
  }
}

TEST_CASE("what the policy lists for Microsoft 365 is a name or a GUID") {
  CHECK(listed(microsoft(), "Contoso.onmicrosoft.com") ==
        "name microsoft365:contoso.onmicrosoft.com");
  CHECK(listed(microsoft(), "contoso.com") == "name microsoft365:contoso.com");
  CHECK(listed(microsoft(), "9F2C1E7A-3b54-4d6e-8f10-2a7b6c5d4e3f") == "guid microsoft365:" + guid);
  for (const char* bad : {"", "contoso.com.", ".contoso.com", "contoso .com", "*.contoso.com",
                          "{9f2c1e7a-3b54-4d6e-8f10-2a7b6c5d4e3f}", "con\xc3\xbcoso.com"}) {
    CAPTURE(bad);
    CHECK(listed(microsoft(), bad) == "");
  }
}

TEST_CASE("what the policy lists for the other platforms") {
  CHECK(listed(google(), "contoso.com") == "name google:contoso.com");
  CHECK(listed(google(), "Contoso-CO-uk") == "name google:contoso-co-uk");
  CHECK(listed(google(), "contoso.com.") == "");
  CHECK(listed(google(), "contoso_com!") == "");
  CHECK(listed(salesforce(), "00D20000000xxxx") == "id salesforce:00D20000000xxxx");
  CHECK(listed(salesforce(), "00D20000000xxxxEAA") == "id salesforce:00D20000000xxxx");
  CHECK(listed(salesforce(), "00D20000000xxxxEAB") == "");
  CHECK(listed(salesforce(), "contoso.com") == "");
}

TEST_CASE("stamped fields give a tenant of their own kind, or nothing") {
  const auto org = TenantSource::originator_org;
  const auto id = TenantSource::crosstenant_id;
  CHECK(stamped(microsoft(), org, "Contoso.COM") == "name microsoft365:contoso.com");
  CHECK(stamped(microsoft(), org, "contoso.com.") == "");
  CHECK(stamped(microsoft(), org, "") == "");
  CHECK(stamped(microsoft(), org, "contoso.com fabrikam.com") == "");
  CHECK(stamped(microsoft(), org, "contoso.com;fabrikam.com") == "");
  // A mathematical-bold name is not mapped, a Cyrillic one neither.
  CHECK(stamped(microsoft(), org, "\U0001d41a\U0001d426\U0001d41azon.de") == "");
  CHECK(stamped(microsoft(), org, "c\u043entoso.com") == "");
  CHECK(stamped(microsoft(), id, "9F2C1E7A-3B54-4D6E-8F10-2A7B6C5D4E3F") ==
        "guid microsoft365:" + guid);
  CHECK(stamped(microsoft(), id, "{" + guid + "}") == "");
  CHECK(stamped(microsoft(), id, "contoso.com") == "");
  // A name that looks like a GUID stays a name: it can't stand in for one.
  CHECK(stamped(microsoft(), org, guid) != "guid microsoft365:" + guid);

  CHECK(stamped(salesforce(), TenantSource::organisation_id, "00D20000000xxxxEAA") ==
        "id salesforce:00D20000000xxxx");
  CHECK(stamped(salesforce(), TenantSource::organisation_id, "00d20000000xxxxEAA") == "");
  CHECK(stamped(acme(), TenantSource::tenant_header, "Account-7").ends_with("acme:Account-7"));
  CHECK(stamped(acme(), TenantSource::tenant_header, "Account 7") == "");
}

TEST_CASE("what an own platform stamps is what its policy lists") {
  for (const char* value : {"Account-7", "a", "x=y;z"})
    CHECK(policy::canonical_tenant(acme(), value) ==
          policy::stamped_tenant(acme(), TenantSource::tenant_header, value));
}

TEST_CASE("a signing domain under the suffix names a tenant as a whole") {
  CHECK(signing(microsoft(), "contoso.onmicrosoft.com") ==
        "name microsoft365:contoso.onmicrosoft.com");
  CHECK(signing(microsoft(), "contoso.mail.onmicrosoft.com") ==
        "name microsoft365:contoso.mail.onmicrosoft.com");
  for (const char* other : {"onmicrosoft.com", "notonmicrosoft.com", "contoso.com",
                            "onmicrosoft.com.evil.example", "contoso.onmicrosoft.us", ""}) {
    CAPTURE(other);
    CHECK(signing(microsoft(), other) == "");
  }
  CHECK(signing(acme(), "seven.mail.acme.example").ends_with("acme:seven.mail.acme.example"));
  CHECK(signing(acme(), "mail.acme.example") == "");
  CHECK(signing(salesforce(), "contoso.com") == "");
  CHECK(signing(salesforce(), "") == "");
}

TEST_CASE("a Google signature names the first of two labels") {
  CHECK(signing(google(), "contoso-com.20230601.gappssmtp.com") == "name google:contoso-com");
  CHECK(signing(google(), "contoso-co-uk.20150623.gappssmtp.com") == "name google:contoso-co-uk");
  // Another form names itself: no listed name is equal to it.
  CHECK(signing(google(), "a.contoso-com.20230601.gappssmtp.com") ==
        "name google:a.contoso-com.20230601.gappssmtp.com");
  CHECK(signing(google(), "contoso-com.gappssmtp.com") == "name google:contoso-com.gappssmtp.com");
  CHECK(signing(google(), "gappssmtp.com") == "");
  CHECK(signing(google(), "contoso-com.20230601.notgappssmtp.com") == "");
}

TEST_CASE("a listed Google name stands for a label only where it can be no one else's") {
  CHECK(policy::google_label("contoso.com") == "contoso-com");
  CHECK(policy::google_label("contoso-com") == "contoso-com");
  CHECK(policy::google_label("contoso-co-uk") == "contoso-co-uk");
  CHECK(policy::google_label("contoso") == "contoso");
  CHECK(policy::google_label("contoso.co.uk") == std::nullopt);
  CHECK(policy::google_label("con-toso.com") == std::nullopt);
  CHECK(policy::google_label("xn--bcher-kva.example") == std::nullopt);
}

TEST_CASE("each platform has its stamped fields") {
  const auto described_fields = [](const Platform& platform) {
    std::string text;
    for (const auto& [source, field] : policy::stamped_fields(platform))
      text += std::string(policy::info(source).name) + "=" + std::string(field) + " ";
    return text;
  };
  CHECK(described_fields(microsoft()) ==
        "originator-org=X-OriginatorOrg crosstenant-id=X-MS-Exchange-CrossTenant-Id ");
  CHECK(described_fields(google()) == "");
  CHECK(described_fields(salesforce()) == "organisation-id=X-SFDC-LK ");
  CHECK(described_fields(acme()) == "tenant-header=X-Acme-Account ");
  Platform signing_only = acme();
  signing_only.tenant_header = "";
  CHECK(described_fields(signing_only) == "");

  CHECK(policy::dkim_is_the_evidence(google()));
  CHECK(policy::dkim_is_the_evidence(signing_only));
  CHECK_FALSE(policy::dkim_is_the_evidence(microsoft()));
  CHECK_FALSE(policy::dkim_is_the_evidence(salesforce()));
  CHECK_FALSE(policy::dkim_is_the_evidence(acme()));

  CHECK(policy::stamps_the_way(microsoft()));
  for (const auto& other : {google(), salesforce(), acme()})
    CHECK_FALSE(policy::stamps_the_way(other));
}

TEST_CASE("the table of sources stands in the order of its enumerators") {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < policy::tenant_sources.size(); ++i) {
    const auto source = static_cast<TenantSource>(i);
    CHECK(policy::info(source).source == source);
    CHECK(policy::info(source).stamped == (source != TenantSource::dkim));
    names.insert(policy::info(source).name);
  }
  CHECK(names.size() == policy::tenant_sources.size());
}

TEST_CASE("tenants are equal by platform, kind and value") {
  const policy::Tenant one{"google", TenantKind::name, "contoso.com"};
  const policy::TenantSet set{one};
  CHECK(set.contains(one));
  CHECK_FALSE(set.contains({"microsoft365", TenantKind::name, "contoso.com"}));
  CHECK_FALSE(set.contains({"google", TenantKind::id, "contoso.com"}));
  CHECK_FALSE(set.contains({"google", TenantKind::name, "contoso-com"}));
}
