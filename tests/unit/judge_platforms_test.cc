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
        3'000, tenant_reasons);
}
