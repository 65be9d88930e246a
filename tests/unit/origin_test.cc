// SPDX-License-Identifier: BSD-2-Clause
// milter/evidence/origin and scope: what the MTA's macros say, and which messages are
// judged (spec 3, 4).
#include "milter/evidence/origin.h"

#include <catch2/catch.hpp>

#include "milter/evidence/scope.h"

using evidence::MailMacros;
using evidence::ScopeKind;
using evidence::Settings;

namespace {

const char* postfix = "Postfix 3.7.11";
const char* sendmail = "8.17.1.9";

std::string login(const char* version, std::string text) {
  return evidence::login_of({.mta_version = version, .auth_authen = std::move(text)});
}

policy::Evidence message(std::vector<policy::Recipient> recipients, std::string daemon = "") {
  policy::Evidence evidence;
  evidence.daemon_name = std::move(daemon);
  evidence.recipients = std::move(recipients);
  return evidence;
}

Settings relayed() {
  Settings settings;
  settings.scope = ScopeKind::relayed;
  settings.local_transports = {"local", "lmtp"};
  settings.inbound_domains = {"inbound.example", "other.example"};
  return settings;
}

bool judged(const std::vector<policy::Recipient>& recipients) {
  return evidence::is_in_scope(relayed(), message(recipients));
}

}  // namespace

TEST_CASE("a login is taken byte for byte; xtext is decoded unless Postfix speaks") {
  CHECK(login(postfix, "contoso-app") == "contoso-app");
  CHECK(login(postfix, "app+2B@Contoso.example") == "app+2B@Contoso.example");
  CHECK(login(postfix, "a=b +zz") == "a=b +zz");
  CHECK(login(sendmail, "contoso-app") == "contoso-app");
  CHECK(login(sendmail, "app+2B+3D@contoso.example") == "app+=@contoso.example");
  CHECK(login("", "app+2Bx") == "app+x");
  CHECK(login("postfix 3.7", "app+2Bx") == "app+x");  // it is "Postfix", exactly
  CHECK(login(" Postfix", "app+2Bx") == "app+x");
  for (const char* malformed : {"app+", "app+2", "app+zz", "app=x", "a b"}) {
    CAPTURE(malformed);
    CHECK(login(sendmail, malformed) == "");
  }
  CHECK(login(sendmail, "") == "");
  CHECK(login(postfix, "") == "");
}

TEST_CASE("the certificate's name comes from what the MTA has verified") {
  struct Case {
    const char *version, *verify, *cert_subject, *cn_subject, *expected;
  };
  const Case cases[] = {
      {sendmail, "OK", "/C=US/CN=out.acme.example", "out.acme.example", "out.acme.example"},
      {sendmail, "FAIL", "/CN=out.acme.example", "out.acme.example", ""},
      {sendmail, "NO", "", "out.acme.example", ""},
      {sendmail, "", "", "out.acme.example", ""},
      {sendmail, "ok", "", "out.acme.example", ""},
      {sendmail, "OK", "out.acme.example", "", ""},  // unverified, a whole DN
      {postfix, "", "out.acme.example", "", "out.acme.example"},
      {postfix, "", "", "", ""},
      {"", "", "out.acme.example", "", ""},
      {"Exim", "OK", "out.acme.example", "", ""},
  };
  for (const auto& [version, verify, cert_subject, cn_subject, expected] : cases) {
    CAPTURE(version, verify, cert_subject, cn_subject);
    CHECK(evidence::certificate_of({.mta_version = version,
                                    .verify = verify,
                                    .cert_subject = cert_subject,
                                    .cn_subject = cn_subject}) == expected);
  }
}

TEST_CASE("what is known of the connection stands in the evidence") {
  policy::Evidence evidence;
  evidence::read_origin({.client = policy::Address::parse("::ffff:192.0.2.1"),
                         .client_name = "out.example",
                         .helo = "HELO.example"},
                        {.mta_version = postfix,
                         .daemon_name = "outbound",
                         .auth_authen = "contoso-app",
                         .cert_subject = "out.acme.example"},
                        evidence);
  CHECK(evidence.client->to_string() == "192.0.2.1");
  CHECK(evidence.client_name == "out.example");
  CHECK(evidence.helo == "HELO.example");
  CHECK(evidence.mta_version == postfix);
  CHECK(evidence.daemon_name == "outbound");
  CHECK(evidence.login == "contoso-app");
  CHECK(evidence.certificate == "out.acme.example");
  // The next message on the connection is told afresh.
  evidence::read_origin({}, {.mta_version = postfix}, evidence);
  CHECK_FALSE(evidence.client);
  CHECK(evidence.login == "");
  CHECK(evidence.certificate == "");
  CHECK(evidence.daemon_name == "");
}

TEST_CASE("scope all: every message") {
  CHECK(evidence::is_in_scope(Settings{}, message({})));
  CHECK(evidence::is_in_scope(Settings{}, message({{"inbound.example", "local"}}, "x")));
}

TEST_CASE("scope daemon: the names that are listed") {
  Settings settings;
  settings.scope = ScopeKind::daemon;
  settings.daemon_names = {"outbound", "relay"};
  CHECK(evidence::is_in_scope(settings, message({}, "outbound")));
  CHECK(evidence::is_in_scope(settings, message({{"inbound.example", "local"}}, "relay")));
  CHECK_FALSE(evidence::is_in_scope(settings, message({{"contoso.com", "smtp"}}, "inbound")));
  CHECK_FALSE(evidence::is_in_scope(settings, message({}, "outbound2")));
  CHECK_FALSE(evidence::is_in_scope(settings, message({}, "")));
}

TEST_CASE("scope relayed: messages with one recipient that is not inbound") {
  CHECK_FALSE(judged({{"inbound.example", "local"}}));
  CHECK_FALSE(judged({{"inbound.example", "local"}, {"other.example", "lmtp"}}));
  CHECK(judged({{"inbound.example", "local"}, {"contoso.com", "smtp"}}));
  CHECK(judged({{"contoso.com", "smtp"}, {"inbound.example", "local"}}));
  CHECK(judged({{"inbound.example", "smtp"}}));        // the domain alone is not enough
  CHECK(judged({{"contoso.com", "local"}}));           // nor is the transport
  CHECK(judged({{"mail.inbound.example", "local"}}));  // nor a name below the domain
  CHECK(judged({{"inbound.example", ""}}));
  CHECK(judged({{"inbound.example", "error"}}));
  CHECK(judged({{"", "local"}}));
  CHECK(judged({}));
}

TEST_CASE("error and an empty macro are never inbound, whatever is listed") {
  auto settings = relayed();
  settings.local_transports = {"error", "", "local"};
  CHECK(evidence::is_in_scope(settings, message({{"inbound.example", "error"}})));
  CHECK(evidence::is_in_scope(settings, message({{"inbound.example", ""}})));
  CHECK_FALSE(evidence::is_in_scope(settings, message({{"inbound.example", "local"}})));
}
