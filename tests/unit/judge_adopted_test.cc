// SPDX-License-Identifier: BSD-2-Clause
// `judge` against the oracle (tests/unit/oracle) where it is open which sender
// answers: alternatives for a shared platform name, forwarding and system mail.
#include "tests/unit/oracle/senders.h"

using namespace oracle;
using policy::Entity;
using policy::Known;
using policy::Mode;
using policy::Reason;
using policy::Requirement;
using policy::SpfResult;

namespace {
const Dimension entities{"entity", {entity_values.variants[0], entity_values.variants[1]}};
}  // namespace

TEST_CASE("alternatives: a platform name that several senders list") {
  const Dimension who{"from",
                      {from("shared-name", {"contoso.onmicrosoft.com"}),
                       from("shared+own", {"contoso.onmicrosoft.com", "contoso.example"}),
                       from("shared+fabrikam", {"contoso.onmicrosoft.com", "fabrikam.example"}),
                       from("below-shared", {"mail.contoso.onmicrosoft.com"})}};
  const Dimension mails{"envelope",
                        {mail_from("shared-name", "contoso.onmicrosoft.com"),
                         mail_from("below-shared", "a.contoso.onmicrosoft.com"),
                         mail_from("fabrikam", "fabrikam.example"),
                         {"null", null_sender}}};
  const Dimension differ{
      "differ",
      {{"no", unchanged},
       {"contoso-expired",
        [](World& w) {
          w.sender("contoso").tenants = {listed(ms + "contoso.onmicrosoft.com", true)};
        }},
       {"contoso-no-guid",
        [](World& w) { w.sender("contoso").tenants = {listed(ms + "contoso.onmicrosoft.com")}; }},
       {"fabrikam-hybrid",
        [](World& w) {
          w.sender("fabrikam").settings.entities =
              policy::Entities().set(static_cast<std::size_t>(Entity::hybrid_on_prem));
        }},
       {"contoso-dkim-domains",
        [](World& w) { w.sender("contoso").dkim_domains = {"contoso.example"}; }},
       {"contoso-internet", [](World& w) {
          w.sender("contoso").settings.entities.set(static_cast<std::size_t>(Entity::internet));
        }}}};
  Dimension wishes{"wishes", {}};
  for (const auto& [a, b] : {std::pair{Requirement::off, Requirement::off},
                             {Requirement::pass, Requirement::off},
                             {Requirement::off, Requirement::aligned},
                             {Requirement::aligned, Requirement::aligned}}) {
    const auto one = requires_of("contoso", a, b), two = requires_of("fabrikam", b, a);
    wishes.variants.push_back({one.word + "," + two.word, [=](World& w) {
                                 one.apply(w);
                                 two.apply(w);
                               }});
  }
  const Dimension spf{"spf",
                      {spf_is(Known::known, SpfResult::pass), spf_is(Known::known, SpfResult::fail),
                       spf_is(Known::unavailable), spf_is(Known::pending)}};
  const auto a = signature("contoso.onmicrosoft.com");
  const Dimension dkim{"dkim",
                       {{"none", unchanged},
                        adds("name", a),
                        adds("pending", unknown(a, Known::pending)),
                        adds("unavailable", unknown(a, Known::unavailable))}};
  World w = honest();
  shares(w);
  Family family{"alternatives",
                w,
                {who,
                 mails,
                 carries,
                 entities,
                 differ,
                 wishes,
                 {"modes", {some_modes.variants[1], some_modes.variants[3]}},
                 spf,
                 dkim}};
  early(family, 100'000,
        {Reason::sender_unknown, Reason::origin_denied, Reason::tenant_denied,
         Reason::tenant_transit, Reason::spf_failed, Reason::dkim_missing, Reason::dns_unavailable},
        3000);
}

TEST_CASE("forwarding and system mail") {
  const Dimension who{
      "from",
      {from("unknown", {"x.example"}), from("two-unknown", {"x.example", "y.example"}),
       from("unknown+own", {"x.example", "contoso.example"}),
       from("below", {"mail.contoso.example"}), from("below-name", {"a.contoso.onmicrosoft.com"})}};
  const Dimension allow{
      "forwarding",
      {{"none", unchanged},
       {"contoso", [](World& w) { w.sender("contoso").forwarding = policy::Forwarding::allow; }},
       {"both", [](World& w) {
          for (auto& s : w.senders) s.forwarding = policy::Forwarding::allow;
        }}}};
  const Dimension others{"other",
                         {{"none", unchanged},
                          other("sender-contoso", "contoso.example"),
                          other("sender-below", "a.fabrikam.example"),
                          other("resent-from-fabrikam", "fabrikam.example"),
                          other("resent-sender-contoso", "contoso.example")}};
  const Dimension kind{"kind",
                       {{"mail", unchanged}, {"system", [](World& w) { w.e.system_mail = true; }}}};
  const Dimension fields{
      "carries",
      {{"own", unchanged},
       {"other", carries.variants[1].apply},
       {"mixed", carries.variants[2].apply},
       {"own-domain",
        [](World& w) {
          stamp(w, org, "contoso.example");
          unstamp(w, id);
        }},
       malformed(org),
       contradictory(id, guid_a),
       {"connects", [](World& w) { w.e.connecting = {.count = 1, .guid = guid_c}; }},
       {"connects-oddly", [](World& w) { w.e.connecting = {.count = 1, .malformed = true}; }}}};
  const auto evil = signature("evil.onmicrosoft.com"), foreign = signature("y.onmicrosoft.com");
  const Dimension dkim{"dkim",
                       {{"none", unchanged},
                        adds("blocked", evil),
                        adds("foreign", foreign),
                        adds("blocked-pending", unknown(evil, Known::pending)),
                        adds("foreign-unavailable", unknown(foreign, Known::unavailable))}};
  World w = with_logins();
  // Neither is for a forwarder or for system mail.
  requires_of("contoso", Requirement::pass, Requirement::pass).apply(w);
  early({"forwarding", w, {who, envelopes, others, kind, allow, sharing, fields, entities, dkim}},
        100'000,
        {Reason::sender_unknown, Reason::origin_denied, Reason::tenant_conflict,
         Reason::tenant_blocked, Reason::tenant_denied, Reason::tenant_transit});
}

TEST_CASE("forwarding on the word of a signature") {
  World w = honest();
  w.platform = &google();
  w.e.tenant_fields.clear();
  w.blocked.clear();
  w.sender("contoso").tenants = {listed("google:contoso.example")};
  w.sender("fabrikam").tenants = {listed("google:fabrikam.example")};
  std::vector<Variant> signatures{{"none", unchanged}};
  for (const char* name : {"contoso-example", "fabrikam-example", "x-example"}) {
    const auto s = signature(std::string(name) + ".20230601.gappssmtp.com");
    signatures.push_back(adds(name, s));
    signatures.push_back(adds(name + std::string("-pending"), unknown(s, Known::pending)));
    signatures.push_back(adds(name + std::string("-unavailable"), unknown(s, Known::unavailable)));
  }
  Dimension allow{"forwarding", {{"none", unchanged}}};
  for (const char* name : {"contoso", "fabrikam"}) {
    allow.variants.push_back(
        {name, [=](World& v) { v.sender(name).forwarding = policy::Forwarding::allow; }});
  }
  allow.variants.push_back({"all", [](World& v) {
                              for (auto& s : v.senders) s.forwarding = policy::Forwarding::allow;
                            }});
  const Dimension system{"kind", {{"mail", unchanged}, {"system", [](World& v) {
                                                          null_sender(v);
                                                          v.e.system_mail = true;
                                                        }}}};
  const Dimension one_mode{"modes", {{"enforce", unchanged}, {"tag", [](World& v) {
                                                                v.unknown_senders = Mode::tag;
                                                                for (auto& s : v.senders)
                                                                  s.mode = Mode::tag;
                                                              }}}};
  Family family{"google-forwarding",
                w,
                {{"from", {from_whom.variants[1], from_whom.variants[2]}},
                 envelopes,
                 system,
                 allow,
                 one_mode,
                 {"dkim1", signatures},
                 {"dkim2", signatures}}};
  // Where judge and the oracle still differ: judge_open_test.cc.
  early(family.with_any_tempfail(), 10'000, {Reason::sender_unknown, Reason::dns_unavailable},
        1000);
}
