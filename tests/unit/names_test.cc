// SPDX-License-Identifier: BSD-2-Clause
// util/idna and util/psl: A-labels without mapping, public suffixes, organisations.
#include <catch2/catch.hpp>

#include "util/idna.h"
#include "util/psl.h"

using util::SuffixPart;

namespace {

std::string a_labels(std::string_view name) { return util::a_labels(name).value_or("none"); }

// The names whose children are organisations of their own (spec 5, "Alignment").
const std::vector<std::string> tenants{"onmicrosoft.com", "onmicrosoft.us", "partner.onmschina.cn",
                                       "gappssmtp.com"};

std::string organisation(std::string_view name) {
  return util::organisational_domain(name, tenants);
}

}  // namespace

TEST_CASE("names become A-labels in lower case") {
  const char* pairs[][2] = {{"contoso.com", "contoso.com"},
                            {"Contoso.COM", "contoso.com"},
                            {"b\u00fccher.example", "xn--bcher-kva.example"},
                            {"xn--bcher-kva.example", "xn--bcher-kva.example"},
                            {"XN--Bcher-KVA.example", "xn--bcher-kva.example"},
                            {"\u4f8b\u3048.test", "xn--r8jz45g.test"},
                            {"fa\u00df.example", "xn--fa-hia.example"},  // IDNA 2008 keeps it
                            {"_dmarc.contoso.com", "_dmarc.contoso.com"},
                            {"a-b.c--d.example", "a-b.c--d.example"},
                            {"\u05d0\u05d1.example", "xn--4dbc.example"}};  // right to left
  for (const auto& [name, expected] : pairs) {
    CAPTURE(name);
    CHECK(a_labels(name) == expected);
  }
}

TEST_CASE("letters are never mapped into others") {
  const char* mapped[] = {"\U0001d41a\U0001d426\U0001d41azon.de",  // mathematical bold
                          "\uff41mazon.de",                        // full width
                          "\u24d0mazon.de",                        // circled
                          "ama\u2124on.de",                        // double-struck
                          "contoso\u3002com",                      // the ideographic full stop
                          "contoso\uff0ecom",                      // the full-width one
                          "contoso\u2024com",                      // the one-dot leader
                          "con\u00adtoso.com",                     // soft hyphen
                          "con\u200btoso.com",                     // zero-width space
                          "con\u200dtoso.com",                     // a joiner out of its context
                          "B\u00dccher.example",                   // a capital that is not ASCII
                          "bu\u0308cher.example",                  // not composed
                          "\ufb01sh.example",                      // a ligature
                          "\u017fhop.example",                     // long s
                          "\u212aontoso.com"};                     // the Kelvin sign
  for (const char* name : mapped) {
    CAPTURE(name);
    CHECK(a_labels(name) == "none");
  }
}

TEST_CASE("malformed names have no A-labels") {
  const std::string bad[] = {"",
                             ".",
                             "contoso.com.",
                             ".contoso.com",
                             "contoso..com",
                             std::string(64, 'a') + ".example",
                             "\xff.example",
                             "b\xc3.example",
                             "\xc0\xae.example",      // an over-long dot
                             "\xed\xa0\x80.example",  // a surrogate
                             "xn--.example",
                             "xn--a.example",
                             "xn--\u00fc.example",
                             "xn--contoso-.example",  // the A-label of plain ASCII
                             std::string("contoso.com\0.evil", 17),
                             std::string("a\0", 2),
                             "\u202econtoso.com",
                             "con\u00a0toso.com",
                             "\u00fc@contoso.com"};
  for (const auto& name : bad) {
    CAPTURE(name);
    CHECK(a_labels(name) == "none");
  }
}

TEST_CASE("lengths are those of the A-labels") {
  CHECK(a_labels(std::string(63, 'a') + ".example") == std::string(63, 'a') + ".example");
  std::string longest;
  for (int i = 0; i < 126; ++i) longest += "a.";
  CHECK(a_labels(longest + "a") == longest + "a");
  CHECK(a_labels(longest + "aa") == "none");
  // 58 letters in UTF-8, over 63 octets as an A-label.
  CHECK(a_labels("\u00fc" + std::string(60, 'a') + ".example") == "none");
}

TEST_CASE("public suffixes are told from organisations, by part of the list") {
  for (const char* icann : {"com", "co.uk", "de", "gov.uk", "nosuchtoplevel", "xn--p1ai"}) {
    CAPTURE(icann);
    CHECK(util::public_suffix_part(icann) == SuffixPart::icann);
  }
  for (const char* of_private : {"github.io", "blogspot.com", "co.com"}) {
    CAPTURE(of_private);
    CHECK(util::public_suffix_part(of_private) == SuffixPart::private_part);
  }
  for (const char* none : {"contoso.com", "contoso.co.uk", "a.github.io", "contoso.nosuchtoplevel",
                           "www.ck"}) {  // an exception to the rule *.ck
    CAPTURE(none);
    CHECK(util::public_suffix_part(none) == SuffixPart::none);
  }
}

TEST_CASE("the organisational domain is the suffix and one label") {
  const char* pairs[][2] = {{"contoso.com", "contoso.com"},
                            {"mail.contoso.com", "contoso.com"},
                            {"a.b.contoso.co.uk", "contoso.co.uk"},
                            {"com", ""},
                            {"co.uk", ""},
                            {"a.github.io", "a.github.io"},
                            {"b.a.github.io", "a.github.io"},
                            {"github.io", ""},
                            {"a.contoso.example", "contoso.example"},
                            {"www.ck", "www.ck"},
                            {"a.b.ck", "a.b.ck"},
                            {"b.ck", ""},
                            {"xn--bcher-kva.example", "xn--bcher-kva.example"}};
  for (const auto& [name, expected] : pairs) {
    CAPTURE(name);
    CHECK(organisation(name) == expected);
  }
}

TEST_CASE("tenants below one suffix are no organisation of each other") {
  CHECK(organisation("contoso.onmicrosoft.com") == "contoso.onmicrosoft.com");
  CHECK(organisation("contoso.mail.onmicrosoft.com") == "mail.onmicrosoft.com");
  CHECK(organisation("onmicrosoft.com") == "");
  CHECK(organisation("contoso.onmicrosoft.us") == "contoso.onmicrosoft.us");
  CHECK(organisation("contoso.partner.onmschina.cn") == "contoso.partner.onmschina.cn");
  CHECK(organisation("partner.onmschina.cn") == "");
  CHECK(organisation("onmschina.cn") == "onmschina.cn");
  CHECK(organisation("notonmicrosoft.com") == "notonmicrosoft.com");
  CHECK(organisation("a.notonmicrosoft.com") == "notonmicrosoft.com");
  // Without them, all tenants would be one.
  CHECK(util::organisational_domain("contoso.onmicrosoft.com", {}) == "onmicrosoft.com");
}

TEST_CASE("an operator's own suffix counts, however deep") {
  const std::vector<std::string> own{"mail.acme.example"};
  CHECK(util::organisational_domain("a.seven.mail.acme.example", own) == "seven.mail.acme.example");
  CHECK(util::organisational_domain("mail.acme.example", own) == "");
  CHECK(util::organisational_domain("www.acme.example", own) == "acme.example");
  // A suffix nearer the root than the list's own does not shorten the list's.
  CHECK(util::organisational_domain("a.b.contoso.co.uk", {"uk"}) == "contoso.co.uk");
}
