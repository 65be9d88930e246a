// SPDX-License-Identifier: BSD-2-Clause
// policy/network: addresses and networks as text, their limits, what contains what.
#include "policy/network.h"

#include <catch2/catch.hpp>

using policy::Address;
using policy::Network;

namespace {

std::string address(std::string_view text) {
  const auto parsed = Address::parse(text);
  return parsed ? parsed->to_string() : "none";
}
std::string network(std::string_view text) {
  const auto parsed = Network::parse(text);
  return parsed ? parsed->to_string() : "none";
}
bool contains(const char* net, const char* client) {
  return Network::parse(net)->contains(*Address::parse(client));
}
bool overlap(const char* a, const char* b) {
  const bool there = Network::parse(a)->overlaps(*Network::parse(b));
  CHECK(there == Network::parse(b)->overlaps(*Network::parse(a)));
  return there;
}

}  // namespace

TEST_CASE("addresses have one text") {
  const char* pairs[][2] = {{"192.0.2.1", "192.0.2.1"},
                            {"0.0.0.0", "0.0.0.0"},
                            {"255.255.255.255", "255.255.255.255"},
                            {"::", "::"},
                            {"::1", "::1"},
                            {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
                            {"2001:db8:0000::0001", "2001:db8::1"},
                            {"::ffff:192.0.2.1", "192.0.2.1"},
                            {"::FFFF:c000:201", "192.0.2.1"},
                            {"0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"}};
  for (const auto& [text, canonical] : pairs) CHECK(address(text) == canonical);
  // Of the forms that embed an IPv4 address, the mapped one alone is IPv4.
  for (const char* other : {"::192.0.2.1", "64:ff9b::192.0.2.1", "2002:c000:201::"}) {
    CAPTURE(other);
    REQUIRE(Address::parse(other));
    CHECK_FALSE(Address::parse(other)->is_v4());
    CHECK(Address::parse(Address::parse(other)->to_string()) == Address::parse(other));
  }
}

TEST_CASE("what some other reader takes for an address is none") {
  const std::string bad[] = {"",
                             " ",
                             "192.0.2.1 ",
                             " 192.0.2.1",
                             "192.0.2",
                             "192.0.2.1.",
                             "192.0.2.256",
                             "192.0.2.-1",
                             "192.0.2.0x1",
                             "192.0.2.01",
                             "3221225985",
                             "0xc0000201",
                             "192.0.513",
                             "192.0.2.1\n",
                             "[192.0.2.1]",
                             "IPv6:::1",
                             "[::1]",
                             "::1%lo",
                             "1::2::3",
                             ":::",
                             "1:2:3:4:5:6:7",
                             "1:2:3:4:5:6:7:8:9",
                             "12345::",
                             "::g",
                             "::ffff:192.0.2",
                             "::ffff:192.0.2.1/96",
                             "192.0.2.1/32",
                             std::string("192.0.2.1\0", 10),
                             std::string("::1\0", 4),
                             std::string("192.0.2.1\0x", 11),
                             "\uff11.1.1.1"};
  for (const auto& text : bad) {
    CAPTURE(text);
    CHECK(address(text) == "none");
  }
}

TEST_CASE("octets, loopback and the unspecified address") {
  const auto v4 = Address::v4({192, 0, 2, 1});
  CHECK(v4 == *Address::parse("192.0.2.1"));
  CHECK(v4.bits() == 32);
  CHECK(v4.octets()[3] == 1);
  CHECK(v4.octets()[4] == 0);
  CHECK(Address::v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1}) == v4);
  const auto v6 = Address::v6({0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
  CHECK(v6.to_string() == "2001:db8::1");
  CHECK(v6.bits() == 128);
}

TEST_CASE("networks have one text") {
  const char* pairs[][2] = {{"192.0.2.0/24", "192.0.2.0/24"},
                            {"0.0.0.0/0", "0.0.0.0/0"},
                            {"::/0", "::/0"},
                            {"2A01:111:F400::/48", "2a01:111:f400::/48"},
                            {"2001:db8::8000:0/97", "2001:db8::8000:0/97"}};
  for (const auto& [text, canonical] : pairs) CHECK(network(text) == canonical);
  CHECK(Network::parse("192.0.2.7") == Network::parse("192.0.2.7/32"));
  CHECK(Network::parse("2001:db8::1") == Network::parse("2001:db8::1/128"));
  CHECK(Network::parse("192.0.2.7")->prefix() == 32);
  CHECK(Network::parse("::1")->prefix() == 128);
  CHECK(Network(*Address::parse("192.0.2.255"), 25).to_string() == "192.0.2.128/25");
  CHECK(Network(*Address::parse("2001:db8:ffff::"), 33).to_string() == "2001:db8:8000::/33");
  CHECK(Network(*Address::parse("192.0.2.255"), 0).to_string() == "0.0.0.0/0");
}

TEST_CASE("what is no network") {
  for (const char* bad : {"",
                          "/",
                          "/24",
                          "192.0.2.0/",
                          "192.0.2.0/33",
                          "2001:db8::/129",
                          "192.0.2.0/024",
                          "192.0.2.0/+8",
                          "192.0.2.0/-0",
                          "192.0.2.0/ 24",
                          "192.0.2.0 /24",
                          "192.0.2.0/24 ",
                          "192.0.2.0/255.255.255.0",
                          "192.0.2.0/24/24",
                          "192.0.2.1/24",
                          "2001:db8::1/64",
                          "192.0.2/24",
                          "192.0.2.0/99999999999",
                          "192.0.2.0/4294967320",
                          "192.0.2.0/2a"}) {
    CAPTURE(bad);
    CHECK(network(bad) == "none");
  }
}

TEST_CASE("containment stops at the last bit of the prefix") {
  CHECK(contains("104.47.0.0/17", "104.47.127.255"));
  CHECK_FALSE(contains("104.47.0.0/17", "104.47.128.0"));
  CHECK(contains("52.100.0.0/14", "52.103.255.255"));
  CHECK_FALSE(contains("52.100.0.0/14", "52.99.255.255"));
  CHECK(contains("2001:4860:4000::/36", "2001:4860:4fff:ffff::1"));
  CHECK_FALSE(contains("2001:4860:4000::/36", "2001:4860:5000::"));
  CHECK(contains("192.0.2.7", "192.0.2.7"));
  CHECK_FALSE(contains("192.0.2.7", "192.0.2.6"));
  CHECK(contains("::/0", "2001:db8::1"));
  CHECK_FALSE(contains("::/0", "192.0.2.1"));
  CHECK_FALSE(contains("::/0", "::ffff:192.0.2.1"));  // it is IPv4
  CHECK(contains("192.0.2.0/24", "::ffff:192.0.2.1"));
  CHECK_FALSE(contains("0.0.0.0/0", "::1"));
  CHECK_FALSE(contains("192.0.2.0/24", "c000:201::"));  // the same first octets
}

TEST_CASE("networks overlap where one lies in the other") {
  CHECK(overlap("40.92.0.0/15", "40.93.0.0/16"));
  CHECK(overlap("40.92.0.0/15", "40.92.0.0/15"));
  CHECK_FALSE(overlap("40.92.0.0/15", "40.94.0.0/15"));
  CHECK(overlap("0.0.0.0/0", "255.255.255.255"));
  CHECK_FALSE(overlap("0.0.0.0/0", "::/0"));
  CHECK(overlap("2001:db8::/32", "2001:db8:1::1"));
  CHECK_FALSE(overlap("2001:db8::/33", "2001:db8:8000::/33"));
}
