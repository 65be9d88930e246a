// SPDX-License-Identifier: BSD-2-Clause
// `judge` against the oracle (tests/unit/oracle) over full products of what a
// message and a policy can be: who the author is, how the message came in, and
// which tenant it names. SPF and DKIM have a file of their own.
#include "tests/unit/oracle/variants.h"

using namespace oracle;
using policy::Entity;
using policy::Reason;

namespace {

const Dimension org_field{
    "org",
    {stamps("listed", org, "contoso.onmicrosoft.com"), stamps("own", org, "contoso.example"),
     stamps("below-own", org, "mail.contoso.example"),
     stamps("other", org, "fabrikam.onmicrosoft.com"), stamps("unknown", org, "x.example"),
     stamps("blocked", org, "evil.onmicrosoft.com"),
     stamps("twice", org, "contoso.onmicrosoft.com", 2), absent(org), malformed(org),
     contradictory(org, "contoso.onmicrosoft.com")}};

const Dimension id_field{
    "id",
    {stamps("listed", id, guid_a), stamps("other", id, guid_b), stamps("unknown", id, guid_c),
     stamps("blocked", id, guid_bad), absent(id), malformed(id), contradictory(id, guid_a)}};

Variant connects(const char* word, std::string guid, unsigned count = 1) {
  return {
      word, [=](World& w) {
        w.e.connecting = {
            .count = count, .guid = guid, .ip = policy::Address::parse("192.0.2.7"), .seen = guid};
      }};
}
const Dimension connecting{
    "connecting",
    {{"absent", unchanged},
     connects("own", guid_a),
     connects("unknown", guid_c),
     connects("other-twice", guid_b, 2),
     connects("blocked", guid_bad),
     {"malformed", [](World& w) { w.e.connecting = {.count = 1, .malformed = true}; }},
     {"contradictory", [](World& w) {
        w.e.connecting = {.count = 2, .contradictory = true, .guid = guid_a};
        w.e.connecting.ip = policy::Address::parse("192.0.2.7");
      }}}};

Variant entity(std::string value, unsigned count = 1) {
  return {value + (count == 1 ? "" : "*" + std::to_string(count)),
          [=](World& w) { w.e.entity = {.count = count, .value = value}; }};
}
const Dimension entities{
    "entity",
    {entity("Hosted"), entity("hOSTED"), entity("Hosted", 2), entity("HybridOnPrem"),
     entity("Internet"), entity("Hosted "), entity("unstamped"), entity("", 0)}};

void accept_entities(World& w, std::vector<Entity> all) {
  for (auto& s : w.senders) {
    s.settings.entities.reset();
    for (const Entity e : all) s.settings.entities.set(static_cast<std::size_t>(e));
  }
}
const Dimension accepted{
    "accepts",
    {{"default", unchanged},
     {"hybrid-from",
      [](World& w) {
        accept_entities(w, {Entity::hybrid_on_prem});
        w.sender("contoso").hybrid_sources = {*policy::Network::parse("192.0.2.0/29")};
      }},
     {"hybrid-elsewhere",
      [](World& w) {
        accept_entities(w, {Entity::hosted, Entity::hybrid_on_prem});
        w.sender("contoso").hybrid_sources = {*policy::Network::parse("198.51.100.0/24")};
      }},
     {"hybrid-any", [](World& w) { accept_entities(w, {Entity::hybrid_on_prem}); }},
     {"unstamped", [](World& w) {
        accept_entities(w, {Entity::unstamped, Entity::internet});
      }}}};

void lists(World& w, std::vector<policy::ListedTenant> tenants) {
  w.sender("contoso").tenants = std::move(tenants);
}
const Dimension listings{
    "lists",
    {{"both", unchanged},
     {"name", [](World& w) { lists(w, {listed(ms + "contoso.onmicrosoft.com")}); }},
     {"guid", [](World& w) { lists(w, {listed(ms + guid_a)}); }},
     {"expired-name",
      [](World& w) {
        lists(w, {listed(ms + "contoso.onmicrosoft.com", true), listed(ms + guid_a)});
      }},
     {"expired-guid",
      [](World& w) {
        lists(w, {listed(ms + "contoso.onmicrosoft.com"), listed(ms + guid_a, true)});
      }},
     {"two-guids",
      [](World& w) {
        lists(w, {listed(ms + guid_a), listed(ms + guid_c)});
      }},
     {"subdomains", [](World& w) { w.sender("contoso").subdomains = true; }}}};

const Dimension evidence{
    "tenant-evidence",
    {{"any", unchanged},
     {"all", [](World& w) { w.sender("contoso").tenant_evidence = policy::TenantEvidence::all; }}}};

}  // namespace

TEST_CASE("every tenant field, entity and connection") {
  check({"tenants",
         honest(),
         {org_field, id_field, connecting, entities, accepted, listings, evidence}},
        200'000,
        {Reason::tenant_missing, Reason::tenant_conflict, Reason::tenant_blocked,
         Reason::tenant_denied, Reason::tenant_transit});
}
