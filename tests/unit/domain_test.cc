// SPDX-License-Identifier: BSD-2-Clause
// policy/domain and policy/network: canonical forms and containment.
#include "policy/domain.h"

#include <catch2/catch.hpp>

#include "policy/network.h"

using policy::Address;
using policy::Network;

TEST_CASE("domains have one canonical form") {
  CHECK(policy::canonical_domain("Contoso.COM") == "contoso.com");
  CHECK(policy::canonical_domain("_dmarc.a-b.example") == "_dmarc.a-b.example");
  for (const char* bad : {"", ".", "a.", ".a", "a..b", "a b", "exämple.com", "a,b", "a/b"}) {
    CAPTURE(bad);
    CHECK_FALSE(policy::canonical_domain(bad));
  }
  CHECK(policy::canonical_domain(std::string(63, 'a') + ".b"));
  CHECK_FALSE(policy::canonical_domain(std::string(64, 'a') + ".b"));
  std::string longest;
  for (int i = 0; i < 126; ++i) longest += "a.";
  CHECK(policy::canonical_domain(longest + "a"));
  CHECK_FALSE(policy::canonical_domain(longest + "aa"));
}

TEST_CASE("below means a whole label more") {
  CHECK(policy::is_below("a.example", "example"));
  CHECK_FALSE(policy::is_below("example", "example"));
  CHECK_FALSE(policy::is_below("aexample", "example"));
  CHECK_FALSE(policy::is_below("a.example", ""));
}

TEST_CASE("a mapped address is IPv4") {
  CHECK(Address::parse("::ffff:192.0.2.1") == Address::parse("192.0.2.1"));
  CHECK(Address::parse("::ffff:192.0.2.1")->is_v4());
  CHECK_FALSE(Address::parse("2001:db8::1")->is_v4());
  for (const char* bad : {"", "1.2.3", "1.2.3.4.5", "01.2.3.4", "[192.0.2.1]", "fe80::1%eth0"}) {
    CAPTURE(bad);
    CHECK_FALSE(Address::parse(bad));
  }
}

TEST_CASE("networks contain by prefix") {
  const auto net = Network::parse("40.92.0.0/15");
  REQUIRE(net);
  CHECK(net->contains(*Address::parse("40.93.255.255")));
  CHECK_FALSE(net->contains(*Address::parse("40.94.0.0")));
  CHECK_FALSE(net->contains(*Address::parse("2001:db8::1")));
  CHECK(Network::parse("0.0.0.0/0")->contains(*Address::parse("255.0.0.1")));
  CHECK(Network::parse("2a01:111:f400::/48")->contains(*Address::parse("2a01:111:f400:7e::1")));
  CHECK(net->overlaps(*Network::parse("40.0.0.0/8")));
  CHECK_FALSE(net->overlaps(*Network::parse("40.94.0.0/16")));
  for (const char* bad : {"40.92.0.1/15", "1.2.3.4/33", "1.2.3.4/", "1.2.3.4/-1", "1.2.3.0/08"}) {
    CAPTURE(bad);
    CHECK_FALSE(Network::parse(bad));
  }
}
