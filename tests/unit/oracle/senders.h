// SPDX-License-Identifier: BSD-2-Clause
// Variants about who sends and who answers, shared by the families of more than
// one sender. For test programs only.
#pragma once

#include "tests/unit/oracle/variants.h"

namespace oracle {

inline Variant from(std::string word, std::vector<std::string> domains) {
  return {std::move(word), [=](World& w) { authors(w, domains); }};
}
inline Variant mail_from(std::string word, std::string domain) {
  return {std::move(word), [=](World& w) { envelope(w, domain); }};
}
inline void null_sender(World& w) {
  w.e.null_sender = true;
  w.e.envelope.reset();
}
// An identity of Sender, Resent-From or Resent-Sender.
inline Variant other(std::string word, std::string domain) {
  return {word, [=](World& w) {
            w.e.other_identities.push_back(identity(domain));
            if (word.starts_with("sender")) w.e.sender_domain = domain;
            if (word.starts_with("resent-from")) w.e.resent_from.push_back(domain);
          }};
}
inline Variant login(std::string word, std::string name) {
  return {std::move(word), [=](World& w) { w.e.login = name; }};
}

inline const Dimension some_modes{
    "modes",
    {{"enforce", unchanged},
     {"contoso-tag", [](World& w) { w.sender("contoso").mode = policy::Mode::tag; }},
     {"fabrikam-tag", [](World& w) { w.sender("fabrikam").mode = policy::Mode::tag; }},
     {"lenient", [](World& w) {
        w.unknown_senders = policy::Mode::monitor;
        w.sender("contoso").mode = policy::Mode::tag;
        w.sender("fabrikam").mode = policy::Mode::quarantine;
      }}}};

inline const Dimension from_whom{"from",
                                 {from("own", {"contoso.example"}),
                                  from("below", {"mail.contoso.example"}),
                                  from("unknown", {"x.example"}),
                                  from("own+unknown", {"contoso.example", "x.example"}),
                                  from("own+below", {"contoso.example", "mail.fabrikam.example"}),
                                  from("two", {"contoso.example", "fabrikam.example"}),
                                  from("platform-name", {"contoso.onmicrosoft.com"}),
                                  from("below-platform-name", {"mail.contoso.onmicrosoft.com"}),
                                  {"invalid", [](World& w) { w.e.author_valid = false; }}}};

inline const Dimension envelopes{"envelope",
                                 {mail_from("own", "contoso.example"),
                                  mail_from("other", "fabrikam.example"),
                                  mail_from("below-other", "mail.fabrikam.example"),
                                  mail_from("unknown", "x.example"),
                                  {"null", null_sender}}};

inline World with_logins() {
  World w = honest();
  w.sender("contoso").logins = {"app"};
  w.sender("fabrikam").logins = {"fabrikam-app"};
  return w;
}

inline const Dimension carries{
    "carries",
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
inline void shares(World& w) {
  auto& mine = w.sender("fabrikam").tenants;
  for (const auto& t : w.sender("contoso").tenants) mine.push_back(t);
}
inline const Dimension sharing{"fabrikam-lists",
                               {{"own", unchanged},
                                {"shared", shares},
                                {"none", [](World& w) { w.sender("fabrikam").tenants.clear(); }}}};

inline const Dimension entity_values{"entity",
                                     {{"Hosted", unchanged},
                                      {"Internet", [](World& w) { w.e.entity.value = "Internet"; }},
                                      {"absent", [](World& w) { w.e.entity = {}; }}}};

}  // namespace oracle
