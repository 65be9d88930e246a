// SPDX-License-Identifier: BSD-2-Clause
// `judge` against the oracle (tests/unit/oracle) on the platforms that name the
// tenant otherwise than Microsoft 365 does, and over the signatures under a
// platform's suffix (spec 4; spec 6, check 11).
#include "tests/unit/oracle/variants.h"

using namespace oracle;
using policy::Known;
using policy::Mode;
using policy::Reason;
using policy::Requirement;
using policy::Signature;
using policy::TenantSource;

namespace {

constexpr auto header = TenantSource::tenant_header;
constexpr auto organisation = TenantSource::organisation_id;

World on(const policy::Platform& platform, std::vector<policy::ListedTenant> tenants) {
  World w = honest();
  w.platform = &platform;
  w.e.tenant_fields.clear();
  w.e.entity = {};
  w.sender("contoso").tenants = std::move(tenants);
  w.sender("fabrikam").mode = Mode::tag;
  w.blocked.clear();
  return w;
}

Variant contoso_lists(std::string word, std::vector<policy::ListedTenant> tenants) {
  return {std::move(word), [=](World& w) { w.sender("contoso").tenants = tenants; }};
}

// The signature of contoso.example's tenant at Google with one thing changed.
Signature stamp_of(void (*change)(Signature&)) {
  Signature s = signature("contoso-example.20230601.gappssmtp.com");
  change(s);
  return s;
}

std::vector<Variant> google_signatures() {
  const Signature own = signature("contoso-example.20230601.gappssmtp.com");
  return {
      {"none", unchanged},
      adds("own-label", own),
      adds("own-name", signature("contoso.example")),
      adds("other-label", signature("fabrikam-example.20230601.gappssmtp.com")),
      adds("other-name", signature("fabrikam.example")),
      adds("odd-name", signature("my-corp.example")),
      adds("odd-label", signature("my-corp-example.20230601.gappssmtp.com")),
      adds("odd-form", signature("a.contoso-example.20230601.gappssmtp.com")),
      adds("bare-form", signature("contoso-example.gappssmtp.com")),
      adds("failed", failed(own)),
      adds("unavailable", unknown(own, Known::unavailable)),
      adds("unavailable-other",
           unknown(signature("fabrikam-example.20230601.gappssmtp.com"), Known::unavailable)),
      adds("not-asked", unknown(own, Known::not_asked)),
      adds("not-covering", stamp_of([](Signature& s) { s.covers_replayable = false; })),
      adds("l=", stamp_of([](Signature& s) { s.body_limit = true; })),
      adds("short", stamp_of([](Signature& s) { s.key_bits = 1023; })),
      adds("t=y", stamp_of([](Signature& s) { s.test_key = true; })),
      adds("no-t", stamp_of([](Signature& s) { s.signed_at.reset(); })),
      adds("oldest", stamp_of([](Signature& s) { s.signed_at = now - 3 * 86400; })),
      adds("too-old", stamp_of([](Signature& s) { s.signed_at = now - 3 * 86400 - 1; })),
      adds("ahead", stamp_of([](Signature& s) { s.signed_at = now + 300; })),
      adds("too-far-ahead", stamp_of([](Signature& s) { s.signed_at = now + 301; })),
      adds("expires", stamp_of([](Signature& s) { s.expires_at = now + 1; })),
      adds("expired", stamp_of([](Signature& s) { s.expires_at = now - 1; })),
  };
}

std::vector<Variant> pending_google_signatures() {
  return {
      adds("pending", unknown(signature("contoso-example.20230601.gappssmtp.com"), Known::pending)),
      adds("pending-other",
           unknown(signature("fabrikam-example.20230601.gappssmtp.com"), Known::pending)),
      adds("pending-name", unknown(signature("contoso.example"), Known::pending)),
      adds("pending-l=",
           unknown(stamp_of([](Signature& s) { s.body_limit = true; }), Known::pending))};
}

const Dimension google_lists{
    "lists",
    {contoso_lists("name", {listed("google:contoso.example")}),
     contoso_lists("label", {listed("google:contoso-example")}),
     contoso_lists("odd-name", {listed("google:my-corp.example")}),
     contoso_lists("odd-label", {listed("google:my-corp-example")}),
     contoso_lists("expired", {listed("google:contoso.example", true)}),
     contoso_lists("expired-and-other",
                   {listed("google:contoso.example", true), listed("google:my-corp.example")}),
     contoso_lists("two", {listed("google:contoso.example"), listed("google:fabrikam.example")})}};

Variant blocks(std::string text) {
  return {text, [=](World& w) { w.blocked = {listed(text).tenant}; }};
}
Variant many(std::string word, int count, Signature s) {
  return {std::move(word), [=](World& w) {
            for (int i = 0; i < count; ++i) w.e.signatures.push_back(s);
          }};
}

const Dimension google_blocks{"blocked",
                              {{"none", unchanged},
                               blocks("google:contoso.example"),
                               blocks("google:contoso-example"),
                               blocks("google:fabrikam.example")}};

const Dimension evidence{
    "tenant-evidence",
    {{"any", unchanged},
     {"all", [](World& w) { w.sender("contoso").tenant_evidence = policy::TenantEvidence::all; }}}};

const std::vector<Reason> tenant_reasons{Reason::tenant_missing, Reason::tenant_blocked,
                                         Reason::tenant_denied};

}  // namespace

TEST_CASE("Google: a signature is the evidence") {
  const auto all = google_signatures();
  auto reasons = tenant_reasons;
  reasons.push_back(Reason::dns_unavailable);
  check({"google",
         on(google(), {}),
         {google_lists, google_blocks, evidence, {"dkim1", all}, {"dkim2", all}}},
        30'000, reasons);
}

TEST_CASE("Google: evidence that is still to come") {
  auto all = google_signatures();
  const auto pending = pending_google_signatures();
  all.insert(all.end(), pending.begin(), pending.end());
  early({"google-early",
         on(google(), {}),
         {google_lists, google_blocks, {"dkim1", pending}, {"dkim2", all}}},
        3'000, tenant_reasons, 40);
}

TEST_CASE("Microsoft 365: signatures under the suffix") {
  const Signature own = signature("contoso.onmicrosoft.com");
  const Signature other = signature("fabrikam.onmicrosoft.com");
  const Signature evil = signature("evil.onmicrosoft.com");
  Signature weak = other;
  weak.signs_from = weak.signs_every_from = false;
  const std::vector<Variant> all{{"none", unchanged},
                                 adds("own", own),
                                 adds("mail", signature("contoso.mail.onmicrosoft.com")),
                                 adds("other", other),
                                 adds("other-no-from", weak),
                                 adds("blocked", evil),
                                 adds("suffix", signature("onmicrosoft.com")),
                                 adds("foreign", signature("list.example")),
                                 adds("other-failed", failed(other)),
                                 adds("blocked-failed", failed(evil)),
                                 adds("own-unavailable", unknown(own, Known::unavailable)),
                                 adds("other-unavailable", unknown(other, Known::unavailable)),
                                 adds("blocked-unavailable", unknown(evil, Known::unavailable)),
                                 adds("blocked-not-asked", unknown(evil, Known::not_asked)),
                                 many("ten", 10, own),
                                 many("eleven", 11, own),
                                 many("eleven-not-asked", 11, unknown(own, Known::not_asked))};
  const Dimension lists{
      "lists",
      {{"both", unchanged},
       contoso_lists("guid", {listed(ms + guid_a)}),
       contoso_lists("expired",
                     {listed(ms + "contoso.onmicrosoft.com", true), listed(ms + guid_a)}),
       contoso_lists("other-expired", {listed(ms + "fabrikam.onmicrosoft.com", true),
                                       listed(ms + "contoso.onmicrosoft.com")}),
       contoso_lists("other-name", {listed(ms + "contoso.test"), listed(ms + guid_a)})}};
  const Dimension org_field{"org",
                            {stamps("own", org, "contoso.example"),
                             stamps("listed", org, "contoso.onmicrosoft.com"), absent(org)}};
  const Dimension dkim{"contoso",
                       {requires_of("contoso", Requirement::off, Requirement::off),
                        requires_of("contoso", Requirement::pass, Requirement::pass),
                        requires_of("contoso", Requirement::off, Requirement::aligned)}};
  const Dimension spf{"spf",
                      {spf_is(Known::known, policy::SpfResult::pass),
                       spf_is(Known::known, policy::SpfResult::fail), spf_is(Known::unavailable)}};
  check({"suffix", honest(), {lists, org_field, dkim, spf, {"dkim1", all}, {"dkim2", all}}}, 30'000,
        {Reason::tenant_conflict, Reason::tenant_blocked, Reason::tenant_denied,
         Reason::dns_unavailable, Reason::dkim_unaligned});
  const std::vector<Variant> open{adds("own", unknown(own, Known::pending)),
                                  adds("other", unknown(other, Known::pending)),
                                  adds("blocked", unknown(evil, Known::pending))};
  auto more = all;
  more.insert(more.end(), open.begin(), open.end());
  early({"suffix-early",
         honest(),
         {lists,
          org_field,
          dkim,
          {"spf", {spf_is(Known::pending), spf.variants[0]}},
          {"dkim1", open},
          {"dkim2", more}}},
        5'000, {Reason::tenant_blocked, Reason::tenant_denied, Reason::spf_failed});
}

TEST_CASE("Salesforce and the operator's own platform") {
  const Dimension org_ids{
      "organisation-id",
      {stamps("listed", organisation, "00D200000000001"),
       stamps("other", organisation, "00D200000000002"),
       stamps("case", organisation, "00d200000000001"),
       stamps("blocked", organisation, "00D200000000009"), malformed(organisation),
       contradictory(organisation, "00D200000000001"), absent(organisation),
       stamps("microsofts", org, "contoso.onmicrosoft.com")}};
  const Dimension ids{
      "lists",
      {contoso_lists("one", {listed("salesforce:00D200000000001")}),
       contoso_lists("expired", {listed("salesforce:00D200000000001", true)}),
       contoso_lists("expired-and-other", {listed("salesforce:00D200000000001", true),
                                           listed("salesforce:00D200000000002")}),
       contoso_lists("microsofts", {listed(ms + guid_a)})}};
  const Dimension blocked{"blocked",
                          {{"none", unchanged},
                           blocks("salesforce:00D200000000009"),
                           blocks("salesforce:00D200000000001")}};
  // What Microsoft 365 says about the way is noise from anybody else. (The collector
  // leaves it away there, so a malformed one is never seen.)
  const Dimension noise{"noise",
                        {{"none", unchanged}, {"connecting", [](World& w) {
                                                 w.e.connecting = {.count = 1, .guid = guid_c};
                                                 w.e.entity = {.count = 2, .value = "Internet"};
                                               }}}};
  check({"salesforce", on(salesforce(), {}), {org_ids, ids, blocked, noise, evidence}}, 300,
        tenant_reasons);

  const Dimension headers{"header",
                          {stamps("listed", header, "ACCT-1"), stamps("other", header, "ACCT-2"),
                           stamps("case", header, "acct-1"), malformed(header),
                           contradictory(header, "ACCT-1"), absent(header)}};
  const Dimension accounts{
      "lists",
      {contoso_lists("account", {listed("acme:ACCT-1")}),
       contoso_lists("both", {listed("acme:ACCT-1"), listed("acme:contoso.mail.acme.example")}),
       contoso_lists("name", {listed("acme:contoso.mail.acme.example")}),
       contoso_lists("expired-name",
                     {listed("acme:ACCT-1"), listed("acme:contoso.mail.acme.example", true)})}};
  const Dimension blocked_accounts{
      "blocked",
      {{"none", unchanged}, blocks("acme:ACCT-1"), blocks("acme:other.mail.acme.example")}};
  std::vector<Variant> signatures{{"none", unchanged}};
  for (const char* name : {"contoso", "other"}) {
    const Signature s = signature(std::string(name) + ".mail.acme.example");
    signatures.push_back(adds(name, s));
    signatures.push_back(adds(name + std::string("-failed"), failed(s)));
    signatures.push_back(adds(name + std::string("-unavailable"), unknown(s, Known::unavailable)));
  }
  auto reasons = tenant_reasons;
  reasons.push_back(Reason::tenant_conflict);
  reasons.push_back(Reason::dns_unavailable);
  check({"acme",
         on(acme(), {}),
         {headers,
          accounts,
          blocked_accounts,
          noise,
          evidence,
          {"dkim1", signatures},
          {"dkim2", signatures}}},
        5'000, reasons);
}
