// SPDX-License-Identifier: BSD-2-Clause
// `judge` against the oracle (tests/unit/oracle) over who answers for a message:
// ways in, several responsible senders and their modes, alternatives, forwarding,
// system mail, and what ends a judgement before it begins.
#include "tests/unit/oracle/variants.h"

using namespace oracle;
using policy::Entity;
using policy::Fault;
using policy::Known;
using policy::Mode;
using policy::Reason;
using policy::Requirement;
using policy::SpfResult;

namespace {

Variant from(std::string word, std::vector<std::string> domains) {
  return {std::move(word), [=](World& w) { authors(w, domains); }};
}
Variant mail_from(std::string word, std::string domain) {
  return {std::move(word), [=](World& w) { envelope(w, domain); }};
}
void null_sender(World& w) {
  w.e.null_sender = true;
  w.e.envelope.reset();
}
// An identity of Sender, Resent-From or Resent-Sender.
Variant other(std::string word, std::string domain) {
  return {word, [=](World& w) {
            w.e.other_identities.push_back(identity(domain));
            if (word.starts_with("sender")) w.e.sender_domain = domain;
            if (word.starts_with("resent-from")) w.e.resent_from.push_back(domain);
          }};
}
Variant login(std::string word, std::string name) {
  return {std::move(word), [=](World& w) { w.e.login = name; }};
}

const Dimension some_modes{
    "modes",
    {{"enforce", unchanged},
     {"contoso-tag", [](World& w) { w.sender("contoso").mode = Mode::tag; }},
     {"fabrikam-tag", [](World& w) { w.sender("fabrikam").mode = Mode::tag; }},
     {"lenient", [](World& w) {
        w.unknown_senders = Mode::monitor;
        w.sender("contoso").mode = Mode::tag;
        w.sender("fabrikam").mode = Mode::quarantine;
      }}}};

const Dimension from_whom{"from",
                          {from("own", {"contoso.example"}),
                           from("below", {"mail.contoso.example"}),
                           from("unknown", {"x.example"}),
                           from("own+unknown", {"contoso.example", "x.example"}),
                           from("own+below", {"contoso.example", "mail.fabrikam.example"}),
                           from("two", {"contoso.example", "fabrikam.example"}),
                           from("platform-name", {"contoso.onmicrosoft.com"}),
                           from("below-platform-name", {"mail.contoso.onmicrosoft.com"}),
                           {"invalid", [](World& w) { w.e.author_valid = false; }}}};

const Dimension envelopes{"envelope",
                          {mail_from("own", "contoso.example"),
                           mail_from("other", "fabrikam.example"),
                           mail_from("below-other", "mail.fabrikam.example"),
                           mail_from("unknown", "x.example"),
                           {"null", null_sender}}};

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

World with_logins() {
  World w = honest();
  w.sender("contoso").logins = {"app"};
  w.sender("fabrikam").logins = {"fabrikam-app"};
  return w;
}

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

const Dimension carries{"carries",
                        {{"own", unchanged},
                         {"other",
                          [](World& w) {
                            stamp(w, org, "fabrikam.onmicrosoft.com");
                            stamp(w, id, guid_b);
                          }},
                         {"mixed", [](World& w) { stamp(w, org, "fabrikam.onmicrosoft.com"); }},
                         {"unknown",
                          [](World& w) {
                            stamp(w, org, "x.onmicrosoft.com");
                            stamp(w, id, guid_c);
                          }},
                         {"nothing", [](World& w) { w.e.tenant_fields.clear(); }}}};

// fabrikam lists contoso's tenants too: a service that both use.
void shares(World& w) {
  auto& mine = w.sender("fabrikam").tenants;
  for (const auto& t : w.sender("contoso").tenants) mine.push_back(t);
}
const Dimension sharing{"fabrikam-lists",
                        {{"own", unchanged},
                         {"shared", shares},
                         {"none", [](World& w) { w.sender("fabrikam").tenants.clear(); }}}};

const Dimension entity_values{"entity",
                              {{"Hosted", unchanged},
                               {"Internet", [](World& w) { w.e.entity.value = "Internet"; }},
                               {"absent", [](World& w) { w.e.entity = {}; }}}};

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
  early(
      {"alternatives",
       w,
       {who, mails, carries, entity_values, differ, wishes, some_modes, spf, dkim}},
      50'000,
      {Reason::sender_unknown, Reason::origin_denied, Reason::tenant_denied, Reason::tenant_transit,
       Reason::spf_failed, Reason::dkim_missing, Reason::dns_unavailable});
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
       {"connects", [](World& w) { w.e.connecting = {.count = 1, .guid = guid_c}; }}}};
  const auto evil = signature("evil.onmicrosoft.com"), foreign = signature("y.onmicrosoft.com");
  const Dimension dkim{"dkim",
                       {{"none", unchanged},
                        adds("blocked", evil),
                        adds("foreign", foreign),
                        adds("blocked-pending", unknown(evil, Known::pending)),
                        adds("foreign-unavailable", unknown(foreign, Known::unavailable))}};
  const Dimension wishes{"wishes",
                         {requires_of("contoso", Requirement::off, Requirement::off),
                          requires_of("contoso", Requirement::pass, Requirement::pass)}};
  early({"forwarding",
         with_logins(),
         {who,
          envelopes,
          others,
          kind,
          allow,
          sharing,
          fields,
          entity_values,
          dkim,
          wishes,
          {"modes", {some_modes.variants[0], some_modes.variants[3]}}}},
        200'000,
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
  w.senders.push_back(w.sender("fabrikam"));
  w.senders.back().name = "tailspin";
  w.senders.back().domains = {"tailspin.example"};
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
  early({"google-forwarding",
         w,
         {{"from", {from_whom.variants[1], from_whom.variants[2]}},
          envelopes,
          system,
          allow,
          some_modes,
          {"dkim1", signatures},
          {"dkim2", signatures}}},
        10'000, {Reason::sender_unknown, Reason::dns_unavailable}, 1000);
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
