// SPDX-License-Identifier: BSD-2-Clause
// milter/evidence/spf_record and spf_macro: SPF by the letter of RFC 7208.
#include "milter/evidence/spf_record.h"

#include <catch2/catch.hpp>

#include "milter/evidence/spf_macro.h"

using evidence::SpfTerm;

namespace {

// "+a:example.com/24//64 -all", every part said; "none" for a malformed record.
std::string terms(std::string_view record) {
  const char* names[] = {"all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists", "redirect"};
  const auto parsed = evidence::parse_spf_record(record);
  if (!parsed) return "none";
  std::string text;
  for (const auto& term : *parsed) {
    text += (text.empty() ? "" : " ");
    if (term.mechanism != SpfTerm::Mechanism::redirect) text += term.qualifier;
    text += names[static_cast<int>(term.mechanism)];
    if (!term.domain_spec.empty()) text += ":" + term.domain_spec;
    if (term.network) text += "=" + term.network->to_string();
    if (term.prefix_v4 != 32) text += "/" + std::to_string(term.prefix_v4);
    if (term.prefix_v6 != 128) text += "//" + std::to_string(term.prefix_v6);
  }
  return text;
}

evidence::SpfMacros macros(const char* client) {
  return {.local_part = "strong-bad",
          .sender_domain = "email.example.com",
          .domain = "email.example.com",
          .helo = "helo.example",
          .client = *policy::Address::parse(client),
          .validated_name = [] { return std::optional<std::string>("mx.example.com"); }};
}

std::string expanded(std::string_view spec, const char* client = "192.0.2.3") {
  return evidence::expand_macros(spec, macros(client)).value_or("none");
}

}  // namespace

TEST_CASE("a TXT record is an SPF record by its first word") {
  for (const char* spf : {"v=spf1", "v=spf1 ", "v=spf1 -all", "V=SPF1 -all", "v=spf1  -all"}) {
    CAPTURE(spf);
    CHECK(evidence::is_spf_record(spf));
  }
  for (const char* other : {"", "v=spf10", "v=spf1-all", "v=spf2.0/pra", " v=spf1", "v=spf",
                            "v=spf1\t-all", "\"v=spf1\"", "v=spf1,-all"}) {
    CAPTURE(other);
    CHECK_FALSE(evidence::is_spf_record(other));
  }
}

TEST_CASE("records are read into their terms") {
  const char* pairs[][2] = {
      {"v=spf1", ""},
      {"v=spf1 -all", "-all"},
      {"v=spf1   a   ~ALL  ", "+a ~all"},
      {"v=spf1 +a ?mx -ptr ~all", "+a ?mx -ptr ~all"},
      {"v=spf1 a:contoso.com mx:mail.contoso.com ptr:contoso.com",
       "+a:contoso.com +mx:mail.contoso.com +ptr:contoso.com"},
      {"v=spf1 a/24 mx//64 a:contoso.com/24//64 mx/0//0",
       "+a/24 +mx//64 +a:contoso.com/24//64 +mx/0//0"},
      {"v=spf1 ip4:192.0.2.1 ip4:192.0.2.0/24 ip6:2001:db8::/32 ip6:2001:db8::1",
       "+ip4=192.0.2.1/32 +ip4=192.0.2.0/24 +ip6=2001:db8::/32 +ip6=2001:db8::1/128"},
      {"v=spf1 ip4:192.0.2.77/24", "+ip4=192.0.2.0/24"},  // bits below the prefix
      {"v=spf1 IP4:192.0.2.1 Include:x.example", "+ip4=192.0.2.1/32 +include:x.example"},
      {"v=spf1 include:_spf.contoso.com exists:%{i}._spf.contoso.com -all",
       "+include:_spf.contoso.com +exists:%{i}._spf.contoso.com -all"},
      {"v=spf1 redirect=_spf.contoso.com", "redirect:_spf.contoso.com"},
      {"v=spf1 redirect=_spf.contoso.com a", "+a redirect:_spf.contoso.com"},
      {"v=spf1 ip4=192.0.2.1 -all", "-all"},  // a modifier that nobody knows
      {"v=spf1 exp=why.contoso.com -all", "-all"},
      {"v=spf1 x-unknown=anything%% a other.one=", "+a"},
      {"v=spf1 -exists:%{ir}.%{l1r+-}._spf.%{d} -all", "-exists:%{ir}.%{l1r+-}._spf.%{d} -all"},
      {"v=spf1 a:%{d}.com/24", "+a:%{d}.com/24"},
      {"v=spf1 a:contoso.com.", "+a:contoso.com."}};
  for (const auto& [record, expected] : pairs) {
    CAPTURE(record);
    CHECK(terms(record) == expected);
  }
}

TEST_CASE("what the grammar does not give is no record") {
  for (const char* bad : {"v=spf1 all:contoso.com",
                          "v=spf1 all/8",
                          "v=spf1 all.",
                          "v=spf1 foo",
                          "v=spf1 -foo",
                          "v=spf1 --all",
                          "v=spf1 - all",
                          "v=spf1 -",
                          "v=spf1 include",
                          "v=spf1 include:",
                          "v=spf1 exists",
                          "v=spf1 include:a/24",
                          "v=spf1 a:",
                          "v=spf1 a:/24",
                          "v=spf1 mx:",
                          "v=spf1 a/33",
                          "v=spf1 a//129",
                          "v=spf1 a/",
                          "v=spf1 a//",
                          "v=spf1 a/024",
                          "v=spf1 a/-1",
                          "v=spf1 a/24/64",
                          "v=spf1 a//64/24",
                          "v=spf1 a/24//",
                          "v=spf1 ptr/24",
                          "v=spf1 ptr:",
                          "v=spf1 ip4",
                          "v=spf1 ip4:",
                          "v=spf1 ip4:192.0.2",
                          "v=spf1 ip4:192.0.2.256",
                          "v=spf1 ip4:192.0.2.0/33",
                          "v=spf1 ip4:192.0.2.0/",
                          "v=spf1 ip4:192.0.2.0//32",
                          "v=spf1 ip4:2001:db8::1",
                          "v=spf1 ip4:host.example",
                          "v=spf1 ip4:192.0.2.01",
                          "v=spf1 ip4:192.0.2.0/024",
                          "v=spf1 ip6:192.0.2.1",
                          "v=spf1 ip6:2001:db8::/129",
                          "v=spf1 ip6:2001:db8::1::",
                          "v=spf1 ip6:2001:db8::%eth0",
                          "v=spf1 redirect:contoso.com",
                          "v=spf1 redirect=",
                          "v=spf1 redirect=a.example redirect=b.example",
                          "v=spf1 exp=a.example exp=b.example",
                          "v=spf1 redirect=a.example REDIRECT=a.example",
                          "v=spf1 -redirect=a.example",
                          "v=spf1 redirect=a",
                          "v=spf1 include:contoso..%{",
                          "v=spf1 a:%{x}.example",
                          "v=spf1 a:%{c}.example",
                          "v=spf1 include:%{t}.example",
                          "v=spf1 a:%{d0}.example",
                          "v=spf1 a:%.example",
                          "v=spf1 a:%{d.example",
                          "v=spf1 a:contoso.com,",
                          "v=spf1 1x=y",
                          "v=spf1 x=%{bad",
                          "v=spf1 x=%",
                          "v=spf1 =x",
                          "v=spf1 a\tb",
                          "v=spf1\ta",
                          "v=spf1 a\xc3\xa4",
                          "v=spf1 a:b\xc3\xa4.example",
                          "v=spf1 a\x01",
                          "v=spf1 a\r\n",
                          "v=spf1 include:a b.example",
                          "v=spf1 a:contoso.123",
                          "v=spf1 a:contoso.com-",
                          "v=spf1 a:nodots"}) {
    CAPTURE(bad);
    CHECK(terms(bad) == "none");
  }
}

TEST_CASE("macro strings") {
  for (const char* good : {"", "a", "%%", "%_", "%-", "%{s}", "%{S}", "%{d2}", "%{d128}", "%{dr}",
                           "%{d2r.-+,/_=}", "%{h}%{i}%{o}%{p}%{v}%{l}", "100%%", "a/b"}) {
    CAPTURE(good);
    CHECK(evidence::is_macro_string(good));
  }
  for (const char* bad : {"%", "%a", "%{", "%{}", "%{x}", "%{d", "%{0d}", "%{d0}", "%{rd}", "%{d!}",
                          "%{d2 }", " ", "a b", "\x7f", "\xc3\xa4", "%{dr2}", "%(d)"}) {
    CAPTURE(bad);
    CHECK_FALSE(evidence::is_macro_string(bad));
  }
}

TEST_CASE("a domain-spec ends in a top label or a macro") {
  for (const char* good :
       {"contoso.com", "contoso.com.", "a.b", "%{d}", "x.%{d}", "%{i}._spf.%{d2}",
        "_spf.contoso.com", "a.1b", "a.b-c", "x%%.example", "%%", "x.%_"}) {
    CAPTURE(good);
    CHECK(evidence::is_domain_spec(good));
  }
  for (const char* bad : {"", ".", "com", "contoso.1", "contoso.com..", "a.-b", "a.b-",
                          "contoso.c_m", "%{d}x", "a b.example"}) {
    CAPTURE(bad);
    CHECK_FALSE(evidence::is_domain_spec(bad));
  }
}

TEST_CASE("the examples of RFC 7208 7.4") {
  const char* pairs[][2] = {
      {"%{o}", "email.example.com"},
      {"%{d}", "email.example.com"},
      {"%{d4}", "email.example.com"},
      {"%{d3}", "email.example.com"},
      {"%{d2}", "example.com"},
      {"%{d1}", "com"},
      {"%{dr}", "com.example.email"},
      {"%{d2r}", "example.email"},
      {"%{l}", "strong-bad"},
      {"%{l-}", "strong.bad"},
      {"%{lr}", "strong-bad"},
      {"%{lr-}", "bad.strong"},
      {"%{l1r-}", "strong"},
      {"%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"},
      {"%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"},
      {"%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"},
      {"%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"},
      {"%{p}._spf.%{h}", "mx.example.com._spf.helo.example"},
      {"%{s}", "strong-bad@email.example.com"}};
  for (const auto& [spec, expected] : pairs) {
    CAPTURE(spec);
    CHECK(expanded(spec) == expected);
  }
  CHECK(expanded("%{ir}.%{v}._spf.%{d2}", "2001:db8::cb01") ==
        "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com");
}

TEST_CASE("escapes, capitals and what is not yet known") {
  CHECK(expanded("a%%b.example") == "a%b.example");
  CHECK(expanded("a%-b.example") == "a%20b.example");
  CHECK(expanded("a%_b.example") == "a b.example");
  // A capital letter asks for URL escapes (RFC 7208 7.3).
  auto odd = macros("192.0.2.3");
  odd.local_part = "a b/\xc3\xa4";
  CHECK(evidence::expand_macros("%{L}.example", odd) == "a%20b%2F%C3%A4.example");
  odd.validated_name = [] { return std::optional<std::string>(); };
  CHECK(evidence::expand_macros("%{p}.example", odd) == std::nullopt);
  CHECK(evidence::expand_macros("%{d}.example", odd) == "email.example.com.example");
  // Expansion is not done twice.
  odd.local_part = "%{d}";
  CHECK(evidence::expand_macros("%{l}.example", odd) == "%{d}.example");
  odd.local_part = "a.b+c-d";
  CHECK(evidence::expand_macros("%{l2r+-}.example", odd) == "c.a.b.example");
}

TEST_CASE("an expansion over 253 octets loses labels from the left") {
  auto longer = macros("192.0.2.3");
  longer.local_part = std::string(60, 'a') + "." + std::string(60, 'b') + "." +
                      std::string(60, 'c') + "." + std::string(60, 'd');
  CHECK(evidence::expand_macros("%{l}.example.com", longer) ==
        std::string(60, 'b') + "." + std::string(60, 'c') + "." + std::string(60, 'd') +
            ".example.com");
}

TEST_CASE("addresses and names as labels") {
  CHECK(evidence::dotted(*policy::Address::parse("192.0.2.1")) == "192.0.2.1");
  CHECK(evidence::dotted(*policy::Address::parse("2001:db8::cb01")) ==
        "2.0.0.1.0.d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.c.b.0.1");
  CHECK(evidence::reversed("a.b.c") == "c.b.a");
  CHECK(evidence::reversed("a") == "a");
  CHECK(evidence::reversed("") == "");
}
