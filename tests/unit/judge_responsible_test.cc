// SPDX-License-Identifier: BSD-2-Clause
// `judge` against the oracle (tests/unit/oracle) over who answers for a message:
// ways in, several responsible senders and their modes, and what ends a judgement
// before it begins.
#include "tests/unit/oracle/senders.h"

using namespace oracle;
using policy::Fault;
using policy::Known;
using policy::Mode;
using policy::Reason;
using policy::Requirement;
using policy::SpfResult;

namespace {

const Dimension clients{"client",
                        {{"platform", unchanged},
                         {"certificate",
                          [](World& w) {
                            w.platform = &microsoft365_with_certificate();
                            w.e.certificate = "OUT.platform.example";
                          }},
                         {"wrong-certificate",
                          [](World& w) {
                            w.platform = &microsoft365_with_certificate();
                            w.e.certificate = "in.platform.example";
                          }},
                         {"elsewhere",
                          [](World& w) {
                            w.platform = nullptr;
                            w.e.client = policy::Address::parse("192.0.2.1");
                          }},
                         {"other-platform", [](World& w) { w.platform = &salesforce(); }},
                         {"no-address", [](World& w) {
                            w.platform = nullptr;
                            w.e.client.reset();
                          }}}};

const Dimension networks{
    "network",
    {{"none", unchanged},
     {"listed",
      [](World& w) { w.sender("contoso").networks = {*policy::Network::parse("192.0.2.0/24")}; }},
     {"shared",
      [](World& w) { w.sender("contoso").networks = {*policy::Network::parse("40.92.0.0/24")}; }}}};

const Dimension logins{"login",
                       {{"none", unchanged},
                        login("listed", "app"),
                        login("case", "App"),
                        login("others", "fabrikam-app")}};

const Dimension tenants{
    "contoso-lists",
    {{"both", unchanged},
     {"expired",
      [](World& w) {
        w.sender("contoso").tenants = {listed(ms + "contoso.onmicrosoft.com", true),
                                       listed(ms + guid_a, true)};
      }},
     {"elsewhere",
      [](World& w) { w.sender("contoso").tenants = {listed("salesforce:00D200000000001")}; }},
     {"none", [](World& w) { w.sender("contoso").tenants.clear(); }}}};

}  // namespace

TEST_CASE("every way in of every author") {
  check({"ways",
         with_logins(),
         {from_whom, envelopes, clients, networks, logins, tenants, carries, some_modes}},
        50'000,
        {Reason::author_invalid, Reason::sender_unknown, Reason::origin_denied,
         Reason::tenant_missing, Reason::tenant_denied});
}

TEST_CASE("two senders, each with its ways, wishes and mode") {
  const Dimension who{"who",
                      {{"envelope", [](World& w) { envelope(w, "fabrikam.example"); }},
                       {"below", [](World& w) { envelope(w, "a.fabrikam.example"); }},
                       {"sender", other("sender", "fabrikam.example").apply},
                       {"author", [](World& w) {
                          authors(w, {"contoso.example", "fabrikam.example"});
                        }}}};
  Dimension wishes{"wishes", {}};
  const auto wish = [&](Requirement a_spf, Requirement a_dkim, Requirement b_spf,
                        Requirement b_dkim) {
    const auto a = requires_of("contoso", a_spf, a_dkim);
    const auto b = requires_of("fabrikam", b_spf, b_dkim);
    wishes.variants.push_back({a.word + "," + b.word, [=](World& w) {
                                 a.apply(w);
                                 b.apply(w);
                               }});
  };
  constexpr auto off = Requirement::off, pass = Requirement::pass, aligned = Requirement::aligned;
  wish(off, off, off, off);
  wish(pass, off, off, off);
  wish(off, off, pass, off);
  wish(aligned, off, off, pass);
  wish(off, aligned, aligned, off);
  wish(pass, pass, aligned, aligned);
  const Dimension spf{"spf",
                      {spf_is(Known::known, SpfResult::pass), spf_is(Known::known, SpfResult::fail),
                       spf_is(Known::unavailable), spf_is(Known::pending)}};
  const auto a = signature("contoso.example"), b = signature("fabrikam.example");
  const Dimension dkim{"dkim",
                       {{"none", unchanged},
                        adds("contoso", a),
                        adds("fabrikam", b),
                        adds("pending", unknown(a, Known::pending)),
                        adds("failed", failed(b))}};
  const Dimension via{
      "login", {{"none", unchanged}, login("contoso", "app"), login("fabrikam", "fabrikam-app")}};
  early({"two",
         with_logins(),
         {who,
          via,
          carries,
          sharing,
          entity_values,
          wishes,
          {"contoso-mode", {mode("contoso", Mode::monitor), mode("contoso", Mode::quarantine)}},
          {"fabrikam-mode", {mode("fabrikam", Mode::tag), mode("fabrikam", Mode::enforce)}},
          spf,
          dkim}},
        100'000,
        {Reason::origin_denied, Reason::tenant_denied, Reason::tenant_transit, Reason::spf_failed,
         Reason::spf_unaligned, Reason::dkim_failed, Reason::dkim_missing, Reason::dkim_unaligned,
         Reason::dns_unavailable},
        100);
}

TEST_CASE("faults and the mode for all") {
  Dimension faults{"fault", {}};
  for (std::size_t i = 0; i < policy::fault_names.size(); ++i) {
    faults.variants.push_back({std::string(policy::fault_names[i]),
                               [=](World& w) { w.e.fault = static_cast<Fault>(i); }});
  }
  const Dimension all{"mode",
                      {{"own", unchanged},
                       {"monitor", [](World& w) { w.override_mode = Mode::monitor; }},
                       {"enforce", [](World& w) { w.override_mode = Mode::enforce; }}}};
  const Dimension lenient{"lenient", {{"no", unchanged}, {"all", [](World& w) {
                                                            w.unknown_senders = Mode::monitor;
                                                            for (auto& s : w.senders)
                                                              s.mode = Mode::tag;
                                                          }}}};
  check({"faults", honest(), {faults, all, lenient, some_modes, from_whom, carries}}, 3'000,
        {Reason::limit, Reason::internal, Reason::author_invalid, Reason::tenant_denied});
}
