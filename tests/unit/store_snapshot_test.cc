// SPDX-License-Identifier: BSD-2-Clause
// policy/store: what a snapshot answers (spec 4, 5).
#include <catch2/catch.hpp>

#include "policy/store/store.h"
#include "util/file.h"

namespace {

using policy::Ownership;
using Relation = policy::Ownership::Relation;

policy::SnapshotPtr snapshot(std::string_view text) {
  const auto loaded = store::load_toml(text, "policy", {});
  for (const auto& finding : loaded.findings) INFO(finding.to_string());
  REQUIRE(loaded.snapshot != nullptr);
  return loaded.snapshot;
}

// "owned contoso", "below contoso", "none"; a platform name has a star.
std::string owner(const policy::SnapshotPtr& policy, std::string_view domain) {
  const Ownership ownership = policy->owner_of(domain);
  std::string text = ownership.relation == Relation::none    ? "none"
                     : ownership.relation == Relation::owned ? "owned"
                                                             : "below";
  for (const auto* sender : ownership.senders) text += " " + sender->name;
  return text + (ownership.platform_name ? " *" : "");
}

std::string platform(const policy::SnapshotPtr& policy, const char* client) {
  const auto* found = policy->platform_of(*policy::Address::parse(client));
  return found == nullptr ? "" : found->name;
}

}  // namespace

TEST_CASE("a domain belongs to the nearest listed parent") {
  const auto policy = snapshot(R"(
version = 1
[[sender]]
name = "contoso"
domains = ["contoso.com"]
subdomains = true
delegates = ["fabrikam"]
[[sender]]
name = "fabrikam"
domains = ["shop.contoso.com", "fabrikam.com"]
tenants = ["microsoft365:fabrikam.onmicrosoft.com"]
[[sender]]
name = "adatum"
domains = ["adatum.com"]
tenants = ["microsoft365:fabrikam.onmicrosoft.com", "microsoft365:adatum.com"]
)");
  CHECK(owner(policy, "contoso.com") == "owned contoso");
  CHECK(owner(policy, "mail.contoso.com") == "owned contoso");
  CHECK(owner(policy, "a.b.contoso.com") == "owned contoso");
  CHECK(owner(policy, "shop.contoso.com") == "owned fabrikam");
  CHECK(owner(policy, "a.shop.contoso.com") == "below fabrikam");
  CHECK(owner(policy, "mail.fabrikam.com") == "below fabrikam");
  CHECK(owner(policy, "notcontoso.com") == "none");
  CHECK(owner(policy, "com") == "none");
  CHECK(owner(policy, "") == "none");
  // Listed platform names are author domains, exactly; of all who list them, by name.
  CHECK(owner(policy, "fabrikam.onmicrosoft.com") == "owned adatum fabrikam *");
  CHECK(owner(policy, "mail.fabrikam.onmicrosoft.com") == "below adatum fabrikam");
  CHECK(owner(policy, "onmicrosoft.com") == "none");
  CHECK(owner(policy, "adatum.com") == "owned adatum");
}

TEST_CASE("a client belongs to the platform of its longest prefix") {
  const auto policy = snapshot(R"(
version = 1
[platform.acme]
tenant-header = "X-Acme-Account"
networks = ["40.107.8.0/24", "2a01:111:f400:1::/64", "198.51.100.7"]
[platform.salesforce]
networks = ["198.51.100.0/24"]
)");
  CHECK(platform(policy, "40.107.8.1") == "acme");
  CHECK(platform(policy, "40.107.9.1") == "microsoft365");
  CHECK(platform(policy, "::ffff:40.107.9.1") == "microsoft365");
  CHECK(platform(policy, "40.95.0.1") == "");
  CHECK(platform(policy, "2a01:111:f400:1::1") == "acme");
  CHECK(platform(policy, "2a01:111:f400:2::1") == "microsoft365");
  CHECK(platform(policy, "198.51.100.7") == "acme");
  CHECK(platform(policy, "198.51.100.8") == "salesforce");
  CHECK(platform(policy, "2a00:1450:4fff::1") == "google");
  CHECK(platform(policy, "2a00:1450:5000::1") == "");
  CHECK(policy->platform_named("microsoft365-us")->networks.empty());
}

TEST_CASE("a key comes from the nearest place that says it") {
  const auto policy = snapshot(R"(
version = 1
unknown-senders = "monitor"
[defaults]
mode = "tag"
spf = "pass"
dkim = "aligned"
[defaults.platform.google]
spf = "off"
dkim = "off"
[[sender]]
name = "contoso"
domains = ["contoso.com"]
spf = "aligned"
  [sender.platform.salesforce]
  spf = "off"
[[sender]]
name = "fabrikam"
domains = ["fabrikam.com"]
mode = "quarantine"
)");
  using policy::Requirement;
  const policy::Sender& contoso = *policy->owner_of("contoso.com").senders.front();
  const policy::Sender& fabrikam = *policy->owner_of("fabrikam.com").senders.front();
  CHECK(contoso.mode == policy::Mode::tag);
  CHECK(fabrikam.mode == policy::Mode::quarantine);
  CHECK(contoso.settings_for("microsoft365").spf == Requirement::aligned);
  CHECK(contoso.settings_for("microsoft365").dkim == Requirement::aligned);
  CHECK(contoso.settings_for("salesforce").spf == Requirement::off);
  CHECK(contoso.settings_for("salesforce").dkim == Requirement::aligned);
  // The sender's own word comes before the defaults of a platform.
  CHECK(contoso.settings_for("google").spf == Requirement::aligned);
  CHECK(contoso.settings_for("google").dkim == Requirement::off);
  CHECK(fabrikam.settings_for("google").spf == Requirement::off);
  CHECK(fabrikam.settings_for("microsoft365").spf == Requirement::pass);
  const auto selected = policy->select({});
  CHECK(selected.strictest_mode == policy::Mode::quarantine);
  CHECK(selected.unknown_senders == policy::Mode::monitor);
}

TEST_CASE("the senders that list what a message carries are selected") {
  const auto policy = snapshot(R"(
version = 1
blocked-tenants = ["google:bad.example"]
[[sender]]
name = "contoso"
domains = ["contoso.com"]
tenants = ["microsoft365:contoso.onmicrosoft.com", "google:contoso.com"]
[[sender]]
name = "adatum"
domains = ["adatum.com"]
tenants = ["microsoft365:contoso.onmicrosoft.com"]
)");
  policy::Evidence evidence;
  evidence.client = policy::Address::parse("40.107.1.1");
  evidence.authors = {{"contoso.com", "contoso.com"}, {"unknown.example", "unknown.example"}};
  evidence.envelope = policy::Identity{"adatum.com", "adatum.com"};
  policy::TenantField field{.source = policy::TenantSource::originator_org};
  field.count = 1;
  auto listers = [&](std::string value) {
    field.value = std::move(value);
    evidence.tenant_fields = {field};
    std::string names;
    for (const auto* sender : policy->select(evidence).tenant_listers) names += sender->name + " ";
    return names;
  };
  CHECK(listers("contoso.onmicrosoft.com") == "adatum contoso ");
  CHECK(listers("adatum.com") == "adatum ");  // its own domain
  CHECK(listers("other.onmicrosoft.com") == "");
  const auto selected = policy->select(evidence);
  CHECK(selected.authors.size() == 2);
  CHECK(selected.authors[1].relation == Relation::none);
  CHECK(selected.envelope.senders.front()->name == "adatum");

  evidence.tenant_fields.clear();
  evidence.client = policy::Address::parse("209.85.200.1");
  for (const char* domain : {"contoso.com", "contoso-com.20230601.gappssmtp.com"}) {
    CAPTURE(domain);
    policy::Signature signature;
    signature.domain = {domain, ""};
    evidence.signatures = {signature};
    const auto by_google = policy->select(evidence);
    REQUIRE(by_google.tenant_listers.size() == 1);
    CHECK(by_google.tenant_listers.front()->name == "contoso");
  }
  CHECK(selected.blocked->contains({"google", policy::TenantKind::name, "bad.example"}));
  CHECK(selected.blocked->contains({"google", policy::TenantKind::name, "bad-example"}));
}

TEST_CASE("the policy of the specification is good, and its revision is its text's") {
  const auto text = util::read_file(TEST_SOURCE_DIR "/cases/policy/specification.toml");
  REQUIRE(text);
  const auto loaded = store::load_toml(*text, "policy", {.time = 1795478400});
  for (const auto& finding : loaded.findings) INFO(finding.to_string());
  CHECK(loaded.findings.empty());
  REQUIRE(loaded.snapshot != nullptr);
  CHECK(loaded.snapshot->revision() ==
        store::load_toml(*text, "other", {.time = 0}).snapshot->revision());
  CHECK(loaded.snapshot->revision() !=
        store::load_toml(*text + "\n", "policy", {}).snapshot->revision());
}

TEST_CASE("a running service hears of tenants whose time ends") {
  const auto policy = snapshot(R"(
version = 1
[[sender]]
name = "contoso"
domains = ["contoso.com"]
tenants = [{ tenant = "salesforce:00D20000000xxxx", until = 2026-12-07 }]
)");
  constexpr std::int64_t noon = 1795521600;  // 2026-11-24
  constexpr std::int64_t day = 86400;
  CHECK(policy->ending_tenants(noon - day).empty());
  CHECK(policy->ending_tenants(noon) ==
        std::vector<std::string>{
            "contoso: found salesforce:00D20000000xxxx, whose time ends in 13 days"});
  CHECK(policy->ending_tenants(noon + 14 * day) ==
        std::vector<std::string>{"contoso: found salesforce:00D20000000xxxx, whose time is over"});
}
