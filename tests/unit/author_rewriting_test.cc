// SPDX-License-Identifier: BSD-2-Clause
// milter/evidence/author_rewriting: what would not leave Sendmail as it was judged. Each
// faulty form was seen to leave Sendmail 8.17 with another address (tests/sendmail).
#include "milter/evidence/author_rewriting.h"

#include <catch2/catch.hpp>

namespace {

bool stays(const std::string& body) { return evidence::rewriting_fault(body).empty(); }

const std::string address = "<ceo@contoso.com.evil.example>";

}  // namespace

TEST_CASE("plain fields leave as they are") {
  for (const char* plain :
       {" alice@contoso.com", " Alice <alice@contoso.com>", " A. B. C. <a@contoso.com>",
        " \"Alice \\\"Al\\\" C.\" <a@contoso.com>", " \"A\" \"B \\\\\" <a@contoso.com>",
        " O'Neil \"<b@contoso.com>\" (c) <a@contoso.com>", " a@contoso.com (a \\) b)",
        " A. <a@contoso.com>, \"B \\\"C\\\"\" <b@contoso.com>", " G: a@contoso.com;", ""}) {
    CAPTURE(plain);
    CHECK(stays(plain));
  }
}

TEST_CASE("a backslash beside a word without quotes is a fault") {
  for (const char* faulty : {" a.b \"\\\"<ceo@contoso.com>\\\"\" <x@evil.example>",
                             " \"\\\"<ceo@contoso.com>\\\"\" O'Neil <x@evil.example>",
                             " a.b (\\\" <ceo@contoso.com> \\\") <x@evil.example>",
                             " y@evil.example, a.b \"\\\"<ceo@contoso.com>\\\"\" <x@evil.example>",
                             " g: a.b \"\\\"<ceo@contoso.com>\\\"\" <x@evil.example>;",
                             " a.b \"\\\"<ceo@contoso.com>\\\"\": x@evil.example;"}) {
    CAPTURE(faulty);
    CHECK(evidence::rewriting_fault(faulty) == "backslash in a name that Sendmail quotes anew");
  }
}

TEST_CASE("an address that Sendmail's buffer does not hold is a fault") {
  const std::string fault = "address of more than 240 bytes, which Sendmail cuts";
  const auto named = [](std::size_t size) {
    return std::string(size - address.size() - 1, 'a') + " " + address;
  };
  CHECK(stays(named(240)));
  CHECK(evidence::rewriting_fault(named(241)) == fault);
  CHECK(evidence::rewriting_fault("a@contoso.com, " + named(241)) == fault);
  CHECK(evidence::rewriting_fault(named(241) + ", a@contoso.com") == fault);
  CHECK(evidence::rewriting_fault(std::string(220, 'g') + ": a@contoso.com, b@contoso.com;") == "");
  // Several addresses have room for each, a group's name and its first have one.
  CHECK(stays(named(239) + "," + named(240)));
  CHECK(evidence::rewriting_fault(std::string(230, 'g') + ": a@contoso.com;") == fault);
  // Quotes count twice, for a backslash may come to each.
  CHECK(stays("\"" + named(236) + "\""));
  CHECK(evidence::rewriting_fault("\"" + named(237) + "\"") == fault);
  CHECK(evidence::rewriting_fault("\"" + std::string(120, '"') + "\" " + address) == fault);
}
