// SPDX-License-Identifier: BSD-2-Clause
// milter/evidence/identities: who a message claims to be from (spec 6).
#include "milter/evidence/identities.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "milter/evidence/path.h"
#include "policy/store/store.h"

using evidence::HeaderField;
using Header = std::vector<HeaderField>;

namespace {

policy::SnapshotPtr snapshot() {
  static const auto loaded = store::load_toml(
      "version = 1\n[[sender]]\nname = \"contoso\"\ndomains = [\"contoso.com\"]\n", "policy", {});
  return loaded.snapshot;
}

// "address domain", with "null" and "srs" where they are.
std::string path(std::string_view mail_from) {
  const auto read = evidence::read_path(mail_from);
  return read.address + " " + read.domain + (read.is_null ? " null" : "") +
         (read.is_srs ? " srs" : "");
}

policy::Evidence read(const Header& header) {
  policy::Evidence evidence;
  evidence::read_identities(header, *snapshot(), evidence);
  return evidence;
}

std::string described(const std::vector<policy::Identity>& identities) {
  std::string text;
  for (const auto& [domain, organisation] : identities) text += domain + "/" + organisation + " ";
  return text;
}

const HeaderField from{"From", " a@contoso.com"};

std::string fault(const Header& header) {
  const auto evidence = read(header);
  CHECK(evidence.author_valid == evidence.author_fault.empty());
  return evidence.author_fault.empty() ? "" : "fault";
}

}  // namespace

TEST_CASE("the reverse-path is taken apart") {
  const char* pairs[][2] = {
      {"<a@contoso.com>", "a@contoso.com contoso.com"},
      {"a@contoso.com", "a@contoso.com contoso.com"},
      {"<a@Contoso.COM>", "a@Contoso.COM contoso.com"},
      {"<>", "  null"},
      {"", "  null"},
      {"< >", "  null"},
      {"<@relay.example:a@contoso.com>", "a@contoso.com contoso.com"},
      {"<@one.example,@two.example:a@contoso.com>", "a@contoso.com contoso.com"},
      {"<\"a@b\"@contoso.com>", "\"a@b\"@contoso.com contoso.com"},
      {"<\"a>b\"@contoso.com>", "\"a>b\"@contoso.com contoso.com"},
      {"<a+b=c@b\xc3\xbc"
       "cher.example>",
       "a+b=c@b\xc3\xbc"
       "cher.example xn--bcher-kva.example"},
  };
  for (const auto& [mail_from, expected] : pairs) {
    CAPTURE(mail_from);
    CHECK(path(mail_from) == expected);
  }
}

TEST_CASE("a reverse-path without a readable domain has none, and is not null") {
  for (const char* bad : {"<a>", "<postmaster>", "<a@>", "<a@contoso..com>", "<a@.contoso.com>",
                          "<a@\U0001d41a\U0001d426\U0001d41azon.de>", "<@>"}) {
    CAPTURE(bad);
    const auto read = evidence::read_path(bad);
    CHECK(read.domain == "");
    CHECK_FALSE(read.is_null);
  }
  CHECK(path("<a@contoso.com.>") == "a@contoso.com. contoso.com");
}

TEST_CASE("a malformed domain in a reverse-path is none") {
  for (const char* bad : {"<a@[192.0.2.1]>", "<a@con toso.com>", "<a@contoso.com\x01>",
                          "<a@contoso.com/>", "<a@contoso.com;spf=pass>"}) {
    CAPTURE(bad);
    CHECK(evidence::read_path(bad).domain == "");
    CHECK(evidence::read_path(bad).domain == "");
  }
}

TEST_CASE("a source route to nobody is not the null sender") {
  CHECK_FALSE(evidence::read_path("<@contoso.com:>").is_null);
}

TEST_CASE("addresses that were rewritten by a forwarder are known by their form") {
  for (const char* srs :
       {"<SRS0=HHH=TT=fabrikam.com=a@contoso.com>", "<srs0=HHH=TT=fabrikam.com=a@contoso.com>",
        "<SRS0+HHH=TT=fabrikam.com=a@contoso.com>", "<SRS0-HHH=TT=fabrikam.com=a@contoso.com>",
        "<SRS1=HHH=fabrikam.com==HHH=TT=x.example=a@contoso.com>",
        "<bounces+SRS=AbCdE=F1@contoso.onmicrosoft.com>"}) {
    CAPTURE(srs);
    CHECK(evidence::read_path(srs).is_srs);
  }
  for (const char* other :
       {"<a@contoso.com>", "<SRS0@contoso.com>", "<SRS2=HHH=TT=fabrikam.com=a@contoso.com>",
        "<xSRS0=HHH=TT=fabrikam.com=a@contoso.com>", "<bounces+a=fabrikam.com@contoso.com>",
        "<bounces@contoso.com>", "<a@SRS0=x.example>", "<>"}) {
    CAPTURE(other);
    CHECK_FALSE(evidence::read_path(other).is_srs);
  }
}

TEST_CASE("the domain of an address") {
  CHECK(evidence::read_path("a@Contoso.com").domain == "contoso.com");
  CHECK(evidence::read_path("<a@contoso.com>").domain == "contoso.com");
  CHECK(evidence::read_path("\"x@y\"@contoso.com").domain == "contoso.com");
  CHECK(evidence::read_path("a@contoso.com.").domain == "contoso.com");
  for (const char* none : {"", "a", "a@", "a@b..c", "a@.", "a@contoso.com.."}) {
    CAPTURE(none);
    CHECK(evidence::read_path(none).domain == "");
  }
}

TEST_CASE("a local part that could be another address is known") {
  for (const char* routed : {"<bob%example.net@contoso.com>", "<example.net!bob@contoso.com>",
                             "<\"bob@example.net\"@contoso.com>",
                             "<\"bob%example.net\"@contoso.com>", "<bob%example.net>"}) {
    CAPTURE(routed);
    CHECK(evidence::read_path(routed).is_routed);
  }
  for (const char* plain : {"<bob@contoso.com>", "<bob+x=example.net@contoso.com>",
                            "<\"bob x\"@contoso.com>", "<@one.example:bob@contoso.com>", "<>"}) {
    CAPTURE(plain);
    CHECK_FALSE(evidence::read_path(plain).is_routed);
  }
}

TEST_CASE("an identity is stamped with its organisation") {
  CHECK(evidence::stamped_identity("mail.contoso.com", *snapshot()) ==
        policy::Identity{"mail.contoso.com", "contoso.com"});
  CHECK(evidence::stamped_identity("a.contoso.onmicrosoft.com", *snapshot()) ==
        policy::Identity{"a.contoso.onmicrosoft.com", "contoso.onmicrosoft.com"});
  CHECK(evidence::stamped_identity("co.uk", *snapshot()) == policy::Identity{"co.uk", ""});
}

TEST_CASE("authors and the other identities stand in the evidence") {
  const auto one = read({from});
  CHECK(one.author_valid);
  CHECK(described(one.authors) == "contoso.com/contoso.com ");
  CHECK(one.other_identities.empty());
  CHECK(one.sender_domain == "");
  const auto all =
      read({{"FROM ", "\r\n A <a@contoso.com>, b@mail.fabrikam.example, c@CONTOSO.com"},
            {"sender", " s@send.example"},
            {"Resent-From", " r@again.example, q@other.example"},
            {"Resent-Sender", " t@last.example"},
            {"Reply-To", " x@reply.example"}});
  CHECK(all.author_valid);
  CHECK(described(all.authors) ==
        "contoso.com/contoso.com mail.fabrikam.example/fabrikam.example ");
  CHECK(all.sender_domain == "send.example");
  CHECK(all.resent_from == std::vector<std::string>{"again.example", "other.example"});
  std::vector<std::string> domains;
  for (const auto& identity : all.other_identities) domains.push_back(identity.domain);
  std::sort(domains.begin(), domains.end());
  CHECK(domains ==
        std::vector<std::string>{"again.example", "last.example", "other.example", "send.example"});
}

TEST_CASE("a message may be resent several times") {
  const auto evidence = read({{"Resent-From", " a@one.example"},
                              {"Resent-Sender", " b@one.example"},
                              {"Resent-From", " c@two.example"},
                              {"Resent-Sender", " d@three.example"},
                              from});
  CHECK(evidence.author_valid);
  CHECK(evidence.resent_from == std::vector<std::string>{"one.example", "two.example"});
  CHECK(evidence.other_identities.size() == 3);
}

TEST_CASE("one readable author field, at most one Sender, nothing unreadable") {
  CHECK(fault({from}) == "");
  CHECK(fault({}) == "fault");
  CHECK(fault({from, from}) == "fault");
  CHECK(fault({from, {"from", " b@fabrikam.com"}}) == "fault");
  CHECK(fault({from, {"From\t", " b@fabrikam.com"}}) == "fault");
  CHECK(fault({{"From", ""}}) == "fault");
  CHECK(fault({{"From", " a@contoso.com b@fabrikam.com"}}) == "fault");
  CHECK(fault({{"From", " <@a:b@contoso.com>"}}) == "fault");
  CHECK(fault({from, {"Sender", " s@contoso.com"}}) == "");
  CHECK(fault({from, {"Sender", " s@contoso.com"}, {"SENDER", " s@contoso.com"}}) == "fault");
  CHECK(fault({from, {"Sender", " s@contoso.com, t@contoso.com"}}) == "fault");
  CHECK(fault({from, {"Sender", ""}}) == "fault");
  CHECK(fault({from, {"Resent-From", " nobody"}}) == "fault");
  CHECK(fault({from, {"Resent-Sender", " a@b c"}}) == "fault");
  CHECK(fault({{"X-From", " a@contoso.com"}}) == "fault");
  // Other fields are not judged.
  CHECK(fault({from, {"Reply-To", " <<<"}, {"To", "\x01"}, {"Errors-To", ",,"}}) == "");
}

namespace {

bool is_system_mail(const std::string& author, const std::vector<std::string>& content_types,
                    const char* client = "40.107.1.1") {
  Header header{{"From", " " + author}};
  for (const std::string& type : content_types) header.push_back({"content-type", type});
  policy::Evidence evidence;
  evidence.mta_version = "Postfix 3.7.11";
  evidence.client = policy::Address::parse(client);
  evidence::read_identities(header, *snapshot(), evidence);
  CHECK(evidence.author_valid);
  return evidence.system_mail;
}

constexpr char postmaster[] = "postmaster@elsewhere.onmicrosoft.com";

}  // namespace

TEST_CASE("system mail is a report that says so well-formed, once") {
  for (const char* report :
       {" multipart/report; report-type=delivery-status; boundary=x", " multipart/report",
        "\r\n Multipart/REPORT; boundary=x", " multipart/report;boundary=\"x\"",
        " multipart/report ; a=\"b c\\\"\"", " multipart/report;\r\n\tboundary=x"}) {
    CAPTURE(report);
    CHECK(is_system_mail(postmaster, {report}));
    CHECK_FALSE(is_system_mail(postmaster, {report, report}));
    CHECK_FALSE(is_system_mail(postmaster, {report, " text/plain"}));
  }
  for (const char* other :
       {" multipart/mixed; boundary=x", " multipart/reports", "", " ", ";",
        " text/plain; name=\"multipart/report\"", " message/delivery-status",
        " multipart/report (c)", " (c) multipart/report", " multipart/report; boundary",
        " multipart/report; =x", " multipart/report; boundary=\"x", " multipart/report;",
        " multipart/report; boundary=x y", " multipart/report x", " multipart / report"}) {
    CAPTURE(other);
    CHECK_FALSE(is_system_mail(postmaster, {other}));
  }
  CHECK_FALSE(is_system_mail(postmaster, {}));
}

TEST_CASE("system mail is the platform's own, by its author and its client") {
  const std::vector<std::string> report{" multipart/report; boundary=x"};
  for (const char* author :
       {postmaster, "Postmaster@elsewhere.onmicrosoft.com",
        "Outlook <postmaster@a.b.onmicrosoft.com>", "\"postmaster\"@elsewhere.onmicrosoft.com",
        "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@elsewhere.onmicrosoft.com"}) {
    CAPTURE(author);
    CHECK(is_system_mail(author, report));
    CHECK_FALSE(is_system_mail(author, report, "192.0.2.1"));
    CHECK_FALSE(is_system_mail(author, report, "209.85.128.1"));
  }
  for (const char* author :
       {"ceo@elsewhere.onmicrosoft.com", "postmaster@onmicrosoft.com", "postmaster@bank.example",
        "postmaster@onmicrosoft.com.bank.example", "postmasters@elsewhere.onmicrosoft.com",
        "postmaster@xonmicrosoft.com",
        "postmaster@elsewhere.onmicrosoft.com, postmaster@elsewhere.onmicrosoft.com",
        "postmaster@elsewhere.onmicrosoft.com, ceo@elsewhere.onmicrosoft.com"}) {
    CAPTURE(author);
    CHECK_FALSE(is_system_mail(author, report));
  }
}

// An MTA drops comments, closes what is open and moves parts about.
TEST_CASE("what an MTA could read as another address is unreadable") {
  for (const char* bad : {"<ceo@contoso.com(@evil.com>",
                          "<ceo@contoso.com (x)>",
                          "<ceo @ contoso.com>",
                          "<ceo@contoso. com>",
                          "<ceo@\"contoso.com\">",
                          "<ceo%contoso.com>",
                          "<contoso.com!ceo>",
                          "<a:ceo@contoso.com;>",
                          "<\"ceo\"@contoso.com(>)>",
                          "<ceo@contoso.com(@evil.com)>",
                          "<ceo@\xef\xbd\x83ontoso.com>",
                          "<ceo@contoso\xe3\x80\x82"
                          "com>",
                          "<a@b@contoso.com>",
                          "<a,b@contoso.com>",
                          "<\"a@contoso.com>",
                          "<\"a\" @contoso.com>",
                          "<\"a\"b@contoso.com>",
                          "<@evil.com a@contoso.com>",
                          "<@a(:b@evil.com>",
                          "<a@>",
                          "<ceo>",
                          "<\"ceo\">",
                          "postmasters",
                          "<@contoso.com>",
                          "<ceo@contoso.com>x",
                          "<<a@b.example>>",
                          "a@contoso.com>"}) {
    CAPTURE(bad);
    CHECK_FALSE(evidence::read_path(bad).is_readable);
    CHECK(evidence::read_path(bad).domain.empty());
  }
  for (const char* good :
       {"<>", "<postmaster>", "<Postmaster>", "<a@b.example>", "<a..b.@b.example>",
        "<a@[192.0.2.1]>", "<a@[IPv6:2001:db8::1]>", "<\"a b\"@b.example>", "<a%b!c@d.example>",
        "<prvs=1=a/b@c.example>", "<\xc3\xa9@b.example>"}) {
    CAPTURE(good);
    CHECK(evidence::read_path(good).is_readable);
  }
}
