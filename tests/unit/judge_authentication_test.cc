// SPDX-License-Identifier: BSD-2-Clause
// `judge` against the oracle (tests/unit/oracle) over full products of SPF, DKIM
// and what senders ask of them; early answers against every completion; and the
// platforms whose evidence is a signature.
#include "tests/unit/oracle/variants.h"

using namespace oracle;
using policy::Alignment;
using policy::Known;
using policy::Mode;
using policy::Reason;
using policy::Requirement;
using policy::Signature;
using policy::SpfResult;

namespace {

const std::vector<Reason> authentication{
    Reason::spf_failed,        Reason::spf_unaligned,  Reason::dkim_missing,   Reason::dkim_failed,
    Reason::dkim_unacceptable, Reason::dkim_unaligned, Reason::dns_unavailable};

Dimension requirements(const std::string& sender) {
  Dimension d{sender, {}};
  for (const auto spf : {Requirement::off, Requirement::pass, Requirement::aligned}) {
    for (const auto dkim : {Requirement::off, Requirement::pass, Requirement::aligned}) {
      d.variants.push_back(requires_of(sender, spf, dkim));
    }
  }
  return d;
}

const Dimension alignments{"alignment",
                           {{"relaxed", unchanged},
                            {"strict",
                             [](World& w) {
                               w.sender("contoso").settings.spf_alignment = Alignment::strict;
                               w.sender("contoso").settings.dkim_alignment = Alignment::strict;
                             }},
                            {"dkim-domains", [](World& w) {
                               w.sender("contoso").dkim_domains = {"mail.contoso.example"};
                             }}}};

Variant envelope_is(std::string word, std::string domain, bool srs = false) {
  return {std::move(word), [=](World& w) {
            envelope(w, domain);
            w.e.envelope_srs = srs;
          }};
}
const Dimension envelopes{"envelope",
                          {envelope_is("same", "contoso.example"),
                           envelope_is("below", "mail.contoso.example"),
                           envelope_is("foreign", "list.example"),
                           envelope_is("srs-foreign", "list.example", true),
                           envelope_is("srs-own", "contoso.test", true),
                           envelope_is("own-other", "contoso.test"),
                           {"null",
                            [](World& w) {
                              w.e.null_sender = true;
                              w.e.envelope.reset();
                            }},
                           {"unreadable", [](World& w) { w.e.envelope.reset(); }}}};

const Dimension spf{
    "spf",
    {spf_is(Known::known, SpfResult::pass), spf_is(Known::known, SpfResult::fail),
     spf_is(Known::known, SpfResult::none), spf_is(Known::known, SpfResult::permerror),
     spf_is(Known::unavailable), spf_is(Known::not_asked)}};

// A signature of contoso.example with one thing changed.
Signature own(void (*change)(Signature&)) {
  Signature s = signature("contoso.example");
  change(s);
  return s;
}

std::vector<Variant> known_signatures() {
  using policy::SignatureAlgorithm;
  return {{"none", unchanged},
          adds("own", signature("contoso.example")),
          adds("below", signature("mail.contoso.example")),
          adds("foreign", signature("list.example")),
          adds("failed", failed(signature("contoso.example"))),
          adds("no-key", failed(signature("contoso.example"), 0)),
          adds("failed-short", failed(signature("contoso.example"), 512)),
          adds("no-from", own([](Signature& s) { s.signs_from = s.signs_every_from = false; })),
          adds("failed-no-from",
               failed(own([](Signature& s) { s.signs_from = s.signs_every_from = false; }))),
          adds("one-from", own([](Signature& s) { s.signs_every_from = false; })),
          adds("l=", own([](Signature& s) { s.body_limit = true; })),
          adds("sha1", own([](Signature& s) { s.algorithm = SignatureAlgorithm::rsa_sha1; })),
          adds("1024", own([](Signature& s) { s.key_bits = 1024; })),
          adds("1023", own([](Signature& s) { s.key_bits = 1023; })),
          adds("ed25519", own([](Signature& s) {
                 s.algorithm = SignatureAlgorithm::ed25519_sha256;
                 s.key_bits = 256;
               })),
          adds("t=y", own([](Signature& s) { s.test_key = true; }))};
}

std::vector<Variant> open_signatures(Known state) {
  const std::string word(name_of(state, policy::known_names));
  return {
      adds(word, unknown(signature("contoso.example"), state)),
      adds(word + "-foreign", unknown(signature("list.example"), state)),
      adds(word + "-l=", unknown(own([](Signature& s) { s.body_limit = true; }), state)),
      adds(word + "-no-from",
           unknown(own([](Signature& s) { s.signs_from = s.signs_every_from = false; }), state))};
}

std::vector<Variant> together(std::vector<Variant> one, const std::vector<Variant>& more) {
  one.insert(one.end(), more.begin(), more.end());
  return one;
}

World two_domains() {
  World w = honest();
  w.sender("contoso").domains.push_back("contoso.test");
  return w;
}

}  // namespace

TEST_CASE("every SPF and DKIM, complete") {
  const auto all = together(together(known_signatures(), open_signatures(Known::unavailable)),
                            open_signatures(Known::not_asked));
  const std::vector<Variant> second{all[0], all[1], all[3],  all[4],
                                    all[7], all[8], all[10], all[16]};
  check({"authentication",
         two_domains(),
         {requirements("contoso"), alignments, envelopes, spf, {"dkim1", all}, {"dkim2", second}}},
        200'000, authentication);
}

TEST_CASE("early answers hold for every completion") {
  const auto pending = open_signatures(Known::pending);
  Dimension spf_too = spf;
  spf_too.variants.push_back(spf_is(Known::pending));
  Dimension ways{"message",
                 {{"honest", unchanged},
                  {"entity", [](World& w) { w.e.entity.value = "Internet"; }},
                  {"denied", [](World& w) { stamp(w, id, guid_b); }},
                  {"login", [](World& w) {
                     w.sender("contoso").logins = {"app"};
                     w.e.login = "app";
                   }}}};
  early({"early",
         two_domains(),
         {requirements("contoso"),
          alignments,
          envelopes,
          spf_too,
          ways,
          {"dkim1", together(known_signatures(), pending)}}},
        20'000, authentication);
  early({"early-two",
         two_domains(),
         {requirements("contoso"),
          alignments,
          {"envelope", {envelopes.variants[0], envelopes.variants[2]}},
          {"spf", {spf_is(Known::pending), spf_is(Known::known, SpfResult::fail)}},
          {"dkim1", pending},
          {"dkim2", together(known_signatures(), pending)}}},
        5'000, {Reason::dkim_failed, Reason::dkim_unacceptable, Reason::dkim_unaligned});
}
