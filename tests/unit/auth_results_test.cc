// SPDX-License-Identifier: BSD-2-Clause
// milter/evidence/auth_results: which fields claim to be ours, in every spelling of
// RFC 8601, and the one that we add (spec 7).
#include "milter/evidence/auth_results.h"

#include <catch2/catch.hpp>

using evidence::AuthResults;

namespace {

constexpr std::string_view ours = "relay.example";
bool claims(std::string_view body) { return evidence::claims_authserv_id(body, ours); }

policy::Evidence judged() {
  policy::Evidence evidence;
  evidence.client = policy::Address::parse("192.0.2.1");
  evidence.authors = {{"contoso.com", "contoso.com"}};
  evidence.envelope = policy::Identity{"bounce.contoso.com", "contoso.com"};
  return evidence;
}

}  // namespace

TEST_CASE("a field that names us claims to be ours, however it is spelled") {
  for (const char* body : {"relay.example; spf=pass",
                           " relay.example; none",
                           "relay.example;none",
                           "relay.example",
                           "RELAY.Example; spf=pass",
                           "\r\n relay.example; spf=pass",
                           "\trelay.example ; spf=pass",
                           "\"relay.example\"; spf=pass",
                           "\"RELAY.EXAMPLE\" 1; none",
                           "\"relay\\.example\"; none",
                           "\"rel\\ay.ex\\ample\"; none",
                           "relay.example 1; spf=pass",
                           "relay.example\r\n 1; none",
                           "(a) relay.example (b); spf=pass",
                           "(a (nested) \\) b) relay.example; spf=pass",
                           "(;) relay.example; spf=pass",
                           "(other.example;) relay.example (x) 1 (y); none",
                           "relay.example(x);none",
                           "relay.example (\r\n x); none",
                           "relay.example(version)1;none",
                           "relay.example 999; none",
                           "relay.example;",
                           "relay.example; spf=pass (broken",
                           "(a)(b)\r\n\t(c) \"relay.example\"; none"}) {
    CAPTURE(body);
    CHECK(claims(body));
  }
}

TEST_CASE("a field of somebody else is left alone, whatever it says of us") {
  for (const char* body :
       {"mx.example; spf=pass", "mx.example; spf=pass smtp.mailfrom=relay.example",
        "mx.example; dkim=pass header.d=relay.example", "(relay.example) mx.example; none",
        "mx.example (relay.example); none", "mx.example; spf=pass reason=\"relay.example\"",
        "relay.example.evil.example; none", "notrelay.example; none", "relay.exampl; none",
        "\"relay.example2\"; none", "mx.relay.example; none", "mx.example 1; none",
        "\"mx.example\"; none"}) {
    CAPTURE(body);
    CHECK_FALSE(claims(body));
  }
}

TEST_CASE("an unparsable field that contains our name claims it") {
  for (const char* body :
       {"(unclosed relay.example; none", "\"relay.example; none", "relay.example mx.example; none",
        "relay.example@; none", "=relay.example; none", "; relay.example; none",
        "(a) (b relay.EXAMPLE", "relay.example 1 2; none", "relay.example v1; none",
        "relay.example\x01; none", "[relay.example]; none", ") relay.example; none"}) {
    CAPTURE(body);
    CHECK(claims(body));
  }
  CHECK(claims(std::string_view("relay.example\0; none", 20)));
  for (const char* body : {"", " ", ";", "(unclosed", "\"mx.example", "(", "@; none"}) {
    CAPTURE(body);
    CHECK_FALSE(claims(body));
  }
}

TEST_CASE("a field that goes on after another's name is unparsable") {
  CHECK(claims("mx example relay.example"));
  CHECK(claims("\"mx.example\" \"relay.example\"; none"));
}

TEST_CASE("comments nested without end harm nothing") {
  std::string open(1'000'000, '(');
  open += "relay.example";
  CHECK(claims(open));
  CHECK_FALSE(claims(std::string(1'000'000, '(')));
  CHECK(claims(std::string(1'000, '(') + std::string(1'000, ')') + " relay.example; none"));
  CHECK(claims("\"" + std::string(1'000'001, '\\') + "relay.example"));
}

TEST_CASE("an authserv-id of ours that has to be quoted") {
  CHECK(evidence::claims_authserv_id("\"relay one\"; none", "relay one"));
  CHECK(evidence::claims_authserv_id("relay; none", "RELAY"));
  CHECK(evidence::claims_authserv_id("relay@host.example; none", "relay@host.example"));
}

TEST_CASE("minimal says that it passed and nothing else; off says nothing") {
  CHECK(evidence::auth_results_body(AuthResults::minimal, ours, judged(), {}, "microsoft365") ==
        "relay.example; x-tenant=pass");
  CHECK(evidence::auth_results_body(AuthResults::off, ours, judged(), {}, "microsoft365") == "");
}

TEST_CASE("of forwarded and system mail it says neutral: its author is another's") {
  for (const bool is_forwarded : {true, false}) {
    policy::Verdict verdict;
    verdict.forwarded = is_forwarded;
    verdict.system_mail = !is_forwarded;
    CHECK(evidence::auth_results_body(AuthResults::minimal, ours, judged(), verdict, "") ==
          "relay.example; x-tenant=neutral");
    CHECK(evidence::auth_results_body(AuthResults::full, ours, judged(), verdict, "microsoft365")
              .ends_with("x-tenant=neutral policy.platform=microsoft365"));
  }
}

TEST_CASE("the field has the results of 20 signatures at most") {
  auto evidence = judged();
  policy::Signature signature;
  signature.domain = {"contoso.com", "contoso.com"};
  signature.state = policy::Known::known;
  evidence.signatures.assign(10'000, signature);
  const auto body = evidence::auth_results_body(AuthResults::full, ours, evidence, {}, "");
  CHECK(body.size() < 2000);
  std::size_t count = 0;
  for (auto at = body.find("dkim="); at != std::string::npos; at = body.find("dkim=", at + 1))
    ++count;
  CHECK(count == 20);
}

TEST_CASE("full says what was seen") {
  auto evidence = judged();
  evidence.spf = {policy::Known::known, policy::SpfResult::pass, "bounce.contoso.com", false};
  policy::Signature signature;
  signature.domain = {"contoso.com", "contoso.com"};
  signature.selector = "s1";
  signature.state = policy::Known::known;
  signature.verified = true;
  evidence.signatures = {signature};
  signature.domain = {"fabrikam.example", "fabrikam.example"};
  signature.verified = false;
  evidence.signatures.push_back(signature);
  policy::TenantField field{.source = policy::TenantSource::originator_org};
  field.count = 1;
  field.value = "contoso.onmicrosoft.com";
  evidence.tenant_fields = {field};
  const auto body =
      evidence::auth_results_body(AuthResults::full, ours, evidence, {}, "microsoft365");
  CAPTURE(body);
  CHECK(body.starts_with("relay.example;"));
  for (const char* part : {"x-tenant=pass", "spf=pass", "smtp.mailfrom=bounce.contoso.com",
                           "dkim=pass", "header.d=contoso.com", "dkim=fail",
                           "header.d=fabrikam.example", "microsoft365", "contoso.onmicrosoft.com"})
    CHECK(body.find(part) != std::string::npos);
  CHECK(claims(body));
}

TEST_CASE("nothing of a message breaks out of the field") {
  auto evidence = judged();
  evidence.spf = {policy::Known::known, policy::SpfResult::fail, "x.example; dkim=pass", false};
  policy::Signature signature;
  signature.domain = {"contoso.com", "contoso.com"};
  signature.state = policy::Known::known;
  evidence.signatures = {signature};
  policy::TenantField field{.source = policy::TenantSource::tenant_header};
  field.count = 1;
  field.value = "a;x-tenant=pass(\"";
  evidence.tenant_fields = {field};
  const auto body = evidence::auth_results_body(AuthResults::full, ours, evidence, {}, "acme");
  CAPTURE(body);
  CHECK(body.find("spf=") == std::string::npos);
  CHECK(body.find("=\"a;x-tenant=pass(\\\"\"") != std::string::npos);
}
