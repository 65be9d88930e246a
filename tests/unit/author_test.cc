// SPDX-License-Identifier: BSD-2-Clause
// milter/evidence/author against the examples of tests/cases/author: decisions as data.
// "either" examples are only asked for an answer that is well formed.
#include "milter/evidence/author.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "author_table.h"

namespace {

const std::vector<author_table::Example>& examples() {
  static const auto all = author_table::read(TEST_SOURCE_DIR "/cases/author");
  return all;
}

evidence::AuthorDomains parse(const author_table::Example& example) {
  return example.kind == "sender" ? evidence::sender_domain({"Sender", example.body})
                                  : evidence::author_domains({"From", example.body});
}

std::string described(const evidence::AuthorDomains& result) {
  if (!result.fault.empty()) return "invalid";
  std::string s = "domains";
  for (const auto& domain : result.domains) s += " " + domain;
  return s;
}

bool is_canonical(const std::string& domain) {
  return !domain.empty() && domain.size() <= 253 && domain.back() != '.' &&
         std::all_of(domain.begin(), domain.end(), [](unsigned char c) {
           return c > 0x20 && c < 0x7f && !(c >= 'A' && c <= 'Z');
         });
}

}  // namespace

TEST_CASE("the table of author fields is there, and well formed") {
  std::map<std::string, int> kinds, expectations;
  std::set<std::string> seen;
  for (const auto& example : examples()) {
    CAPTURE(example.place);
    ++kinds[example.kind];
    ++expectations[example.expected.substr(0, example.expected.find(' '))];
    CHECK_FALSE(example.note.empty());
    CHECK(seen.insert(example.kind + example.body).second);
  }
  CHECK(examples().size() >= 300);
  CHECK(kinds.size() == 2);
  CHECK(kinds["from"] >= 300);
  CHECK(kinds["sender"] >= 30);
  CHECK(expectations.size() == 3);
  CHECK(expectations["domains"] >= 100);
  CHECK(expectations["invalid"] >= 100);
  CHECK(expectations["either"] * 20 < static_cast<int>(examples().size()));
}

TEST_CASE("author fields give the expected domains") {
  for (const auto& example : examples()) {
    if (example.expected == "either") continue;
    const auto result = parse(example);
    CAPTURE(example.place, example.note, example.body.substr(0, 200), result.fault);
    CHECK(described(result) == example.expected);
  }
}

TEST_CASE("an author field gives canonical domains or a fault, never both or neither") {
  for (const auto& example : examples()) {
    const auto result = parse(example);
    CAPTURE(example.place, example.body.substr(0, 200), result.fault);
    CHECK(result.domains.empty() == !result.fault.empty());
    CHECK(result.domains.size() <= 20);
    CHECK(std::all_of(result.domains.begin(), result.domains.end(), is_canonical));
    const std::set<std::string> once(result.domains.begin(), result.domains.end());
    CHECK(once.size() == result.domains.size());
  }
}

TEST_CASE("a fault is a short printable phrase") {
  for (const auto& example : examples()) {
    const auto fault = parse(example).fault;
    CAPTURE(example.place, fault);
    CHECK(fault.size() <= 100);
    CHECK(std::all_of(fault.begin(), fault.end(),
                      [](unsigned char c) { return c >= 0x20 && c < 0x7f; }));
  }
}

TEST_CASE("what a Sender gives, a From gives too") {
  for (const auto& example : examples()) {
    const auto sender = evidence::sender_domain({"From", example.body});
    if (!sender.fault.empty()) continue;
    const auto from = evidence::author_domains({"From", example.body});
    CAPTURE(example.place, from.fault);
    CHECK(sender.domains == from.domains);
  }
}
