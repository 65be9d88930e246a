// SPDX-License-Identifier: BSD-2-Clause
// milter/evidence/zone: zone text in place of DNS.
#include "milter/evidence/zone.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>

#include "util/format.h"

using evidence::DnsAnswer;
using evidence::Question;
using evidence::RecordType;
using Outcome = DnsAnswer::Outcome;
using Data = std::vector<std::string>;

namespace {

// A file with this text for as long as it lives.
class File {
 public:
  explicit File(const std::string& text) : path(util::format("zone_test.{}.zone", ::getpid())) {
    std::ofstream(path, std::ios::binary) << text;
  }
  ~File() { std::remove(path.c_str()); }
  const std::string path;
};

DnsAnswer answer(const std::string& zone, const Question& question) {
  const File file(zone);
  const auto resolver = evidence::make_zone_resolver(file.path);
  INFO((resolver ? "" : resolver.error().text));
  REQUIRE(resolver);
  const auto flight = (*resolver)->ask(question, {});
  REQUIRE(flight->answer() != nullptr);
  return *flight->answer();
}

Data data(const std::string& zone, const std::string& name, RecordType type = RecordType::txt) {
  const DnsAnswer got = answer(zone, {name, type});
  CHECK((got.outcome == Outcome::records) == !got.data.empty());
  return got.data;
}

Outcome outcome(const std::string& zone, const std::string& name,
                RecordType type = RecordType::txt) {
  return answer(zone, {name, type}).outcome;
}

}  // namespace

TEST_CASE("records are what dns.h describes") {
  const std::string zone =
      "contoso.example. 300 IN A 192.0.2.1\n"
      "contoso.example. AAAA 2001:db8::1\n"
      "contoso.example. MX 10 Mail.Contoso.EXAMPLE.\n"
      "contoso.example. MX 20 .\n"
      "1.2.0.192.in-addr.arpa. PTR host.contoso.example.\n"
      "alias.contoso.example. CNAME Target.example.\n";
  CHECK(data(zone, "contoso.example", RecordType::a) == Data{std::string("\xc0\0\2\1", 4)});
  CHECK(data(zone, "contoso.example", RecordType::aaaa) ==
        Data{std::string("\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16)});
  const DnsAnswer mx = answer(zone, {"contoso.example", RecordType::mx});
  CHECK(mx.data == Data{"mail.contoso.example", ""});
  CHECK(mx.preferences == std::vector<std::uint16_t>{10, 20});
  CHECK(data(zone, "1.2.0.192.in-addr.arpa", RecordType::ptr) == Data{"host.contoso.example"});
  CHECK(data(zone, "alias.contoso.example", RecordType::cname) == Data{"target.example"});
  CHECK(answer(zone, {"contoso.example", RecordType::a}).ttl == 300);
}

TEST_CASE("text is joined, quoted or not") {
  CHECK(data("a.example. TXT \"v=spf1 \" \"-all\"\n", "a.example") == Data{"v=spf1 -all"});
  CHECK(data("a.example. TXT plain\n", "a.example") == Data{"plain"});
  CHECK(data("a.example. TXT \"a\\\"b;c\"\n", "a.example") == Data{"a\"b;c"});
  CHECK(data("a.example. TXT \"a\\010b\"\n", "a.example") == Data{"a\nb"});
  CHECK(data("a.example. TXT ( \"one\" ; a comment\n  \"two\" )\nb.example. TXT x\n",
             "a.example") == Data{"onetwo"});
  const std::string long_text(2000, 'k');
  std::string strings;
  for (int i = 0; i < 2000; i += 250) strings += "\"" + long_text.substr(0, 250) + "\"\n";
  CHECK(data("a.example. TXT (" + strings + ")\n", "a.example") == Data{long_text});
}

TEST_CASE("names are relative to $ORIGIN, absolute without one") {
  const std::string zone =
      "bare.example 60 TXT bare\n"
      "$ORIGIN contoso.example.\n"
      "$TTL 5m\n"
      "@ TXT apex\n"
      "www IN TXT below\n"
      "    TXT again\n"
      "to CNAME www\n"
      "$ORIGIN sub\n"
      "deep TXT deep";
  CHECK(data(zone, "bare.example") == Data{"bare"});
  CHECK(data(zone, "contoso.example") == Data{"apex"});
  CHECK(data(zone, "www.contoso.example") == Data{"below", "again"});
  CHECK(answer(zone, {"www.contoso.example", RecordType::txt}).ttl == 300);
  CHECK(data(zone, "to.contoso.example") == Data{"below", "again"});
  CHECK(data(zone, "deep.sub.contoso.example") == Data{"deep"});
}

TEST_CASE("what does not exist, and what has no such record") {
  const std::string zone = "a.b.example. TXT x\n";
  CHECK(outcome(zone, "a.b.example", RecordType::mx) == Outcome::no_data);
  CHECK(outcome(zone, "b.example") == Outcome::no_data);
  CHECK(outcome(zone, "example") == Outcome::no_data);
  CHECK(outcome(zone, "c.b.example") == Outcome::no_such_name);
  CHECK(outcome(zone, "x.a.b.example") == Outcome::no_such_name);
  CHECK(outcome("", "example") == Outcome::no_such_name);
  CHECK(outcome("; nothing\n\n", "example") == Outcome::no_such_name);
}

TEST_CASE("aliases are followed, ten of them") {
  std::string zone = "n0.example. TXT end\nlost.example. CNAME nowhere.example.\n";
  for (int i = 1; i <= 11; ++i) zone += util::format("n{}.example. CNAME n{}.example.\n", i, i - 1);
  CHECK(data(zone, "n10.example") == Data{"end"});
  CHECK(outcome(zone, "n11.example") == Outcome::failure);
  CHECK(outcome(zone, "n1.example", RecordType::mx) == Outcome::no_data);
  CHECK(outcome(zone, "lost.example") == Outcome::no_such_name);
  CHECK(outcome("a.example. CNAME b.example.\nb.example. CNAME a.example.\n", "a.example") ==
        Outcome::failure);
}

// RFC 4592 2.2.1
TEST_CASE("wildcards") {
  const std::string zone =
      "*.example. MX 10 host1.example.\n"
      "sub.*.example. TXT \"this is not a wildcard\"\n"
      "host1.example. A 192.0.2.1\n"
      "_ssh._tcp.host1.example. TXT x\n"
      "*.alias.example. CNAME host1.example.\n";
  CHECK(data(zone, "host3.example", RecordType::mx) == Data{"host1.example"});
  CHECK(data(zone, "foo.bar.example", RecordType::mx) == Data{"host1.example"});
  CHECK(outcome(zone, "host3.example", RecordType::a) == Outcome::no_data);
  CHECK(outcome(zone, "host1.example", RecordType::mx) == Outcome::no_data);
  CHECK(outcome(zone, "_telnet._tcp.host1.example") == Outcome::no_such_name);
  CHECK(outcome(zone, "ghost.\\042.example", RecordType::mx) == Outcome::no_such_name);
  CHECK(data(zone, "x.alias.example", RecordType::a).size() == 1);
}

TEST_CASE("a name has one form") {
  CHECK(data("A\\.b.Example. TXT x\n", "a\\046b.example") == Data{"x"});
  CHECK(data("UPPER.example. TXT x\n", "upper.example") == Data{"x"});
  CHECK(data("a.example. TXT x\na.example. TXT x\n", "a.example") == Data{"x"});
}

TEST_CASE("what is no zone text is named by its line") {
  struct Case {
    std::string text;
    int line;
  };
  const std::vector<Case> cases{
      {"a.example. A 192.0.2.1\n\nb.example. A 192.0.2.999\n", 3},
      {"a.example. A 192.0.2.1 more\n", 1},
      {"a.example. TXT (\n\"one\"\n)\na.example. NOTYPE x\n", 4},
      {"a.example. MX mail.example.\n", 1},
      {"a.example.\n", 1},
      {"; comment\na.example. TXT \"open\n", 2},
      {"; comment\na.example. TXT ( \"open\"\nb.example. TXT x\n", 2},
      {"a..example. TXT x\n", 1},
      {"$INCLUDE other.zone\n", 1},
      {"$TTL\n", 1},
      {"a.example. CH TXT x\n", 1},
      {std::string(64, 'a') + ".example. TXT x\n", 1},
  };
  for (const Case& one : cases) {
    const File file(one.text);
    const auto resolver = evidence::make_zone_resolver(file.path);
    INFO(one.text);
    CHECK_FALSE(resolver);
    if (resolver) continue;
    CHECK(resolver.error().exit_code == 65);
    CHECK_THAT(resolver.error().text,
               Catch::StartsWith(util::format("{}:{}: ", file.path, one.line)));
  }
}

TEST_CASE("a file that is not there") {
  const auto resolver = evidence::make_zone_resolver("zone_test.absent");
  REQUIRE_FALSE(resolver);
  CHECK(resolver.error().exit_code == 66);
  CHECK_THAT(resolver.error().text, Catch::Contains("zone_test.absent"));
  const auto directory = evidence::make_zone_resolver(".");
  REQUIRE_FALSE(directory);
  CHECK(directory.error().exit_code == 65);
}
