// SPDX-License-Identifier: BSD-2-Clause
// milter/evidence/signature_choice: which signatures can matter and are looked up, in
// which order, ten at most (spec 6).
#include "milter/evidence/signature_choice.h"

#include <catch2/catch.hpp>

#include "milter/evidence/identities.h"
#include "policy/store/store.h"

namespace {

// Senders with each requirement, by domain.
policy::SnapshotPtr snapshot() {
  static const auto loaded = store::load_toml(R"(
version = 1
[[sender]]
name = "off"
domains = ["off.example"]
tenants = ["microsoft365:contoso.onmicrosoft.com"]
[[sender]]
name = "pass"
domains = ["pass.example"]
dkim = "pass"
tenants = ["microsoft365:contoso.onmicrosoft.com"]
[[sender]]
name = "aligned"
domains = ["aligned.example"]
dkim = "aligned"
[[sender]]
name = "strict"
domains = ["strict.example"]
dkim = "aligned"
dkim-alignment = "strict"
[[sender]]
name = "listed"
domains = ["listed.example"]
dkim = "aligned"
dkim-domains = ["signer.example"]
)",
                                              "policy", {});
  return loaded.snapshot;
}

struct Message {
  std::string author;
  std::vector<std::string> signing;   // d=; "-" unreadable, "!d" without From in h=
  const char* client = "40.107.1.1";  // of Microsoft 365
};

std::string shown(const std::vector<std::size_t>& indices) {
  std::string text;
  for (const auto index : indices) text += std::to_string(index) + " ";
  return text;
}

std::string chosen(const Message& message, bool for_log = false) {
  policy::Evidence evidence;
  evidence.client = policy::Address::parse(message.client);
  evidence.author_valid = true;
  evidence.authors = {evidence::stamped_identity(message.author, *snapshot())};
  for (const auto& domain : message.signing) {
    policy::Signature signature;
    signature.signs_from = !domain.starts_with('!');
    signature.signs_every_from = signature.signs_from;
    if (domain == "-")
      signature.state = policy::Known::known;
    else
      signature.domain =
          evidence::stamped_identity(domain.substr(signature.signs_from ? 0 : 1), *snapshot());
    evidence.signatures.push_back(signature);
  }
  const auto choice = evidence::choose_signatures(evidence, snapshot()->select(evidence), for_log);
  const auto log = shown(choice.for_log);
  return shown(choice.needed) + (log.empty() ? "" : "| " + log);
}

const char* stranger = "192.0.2.1";

}  // namespace

TEST_CASE("the policy of this test is good") { REQUIRE(snapshot() != nullptr); }

TEST_CASE("where nothing asks for DKIM, nothing is looked up") {
  CHECK(chosen({"off.example", {"off.example", "other.example"}}) == "");
  CHECK(chosen({"off.example", {}}) == "");
  CHECK(chosen({"unknown.example", {"unknown.example"}}) == "");
}

TEST_CASE("with a decision log, aligned ones are looked up for it alone") {
  CHECK(chosen({"off.example", {"other.example", "off.example", "mail.off.example"}}, true) ==
        "| 1 2 ");
  CHECK(chosen({"off.example", {"!off.example", "-"}}, true) == "");
  // What the verdict needs is not asked for twice.
  CHECK(chosen({"aligned.example", {"aligned.example"}}, true) == "0 ");
}

TEST_CASE("any signature will do where the sender asks for any; aligned ones come first") {
  CHECK(chosen({"pass.example", {"other.example"}}) == "0 ");
  CHECK(chosen({"pass.example", {"other.example", "pass.example", "mail.pass.example"}}) ==
        "1 2 0 ");
}

TEST_CASE("an aligned one is asked for, or else any, to name the reason") {
  CHECK(chosen({"aligned.example", {"other.example", "aligned.example"}}) == "1 ");
  CHECK(chosen({"aligned.example", {"other.example", "mail.aligned.example"}}) == "1 ");
  CHECK(chosen({"aligned.example", {"other.example", "third.example"}}) == "0 1 ");
  CHECK(chosen({"aligned.example", {"notaligned.example"}}) == "0 ");
}

TEST_CASE("where alignment is strict, a name below is not aligned") {
  const auto both = chosen({"strict.example", {"other.example", "mail.strict.example"}});
  CHECK(both.find("0 ") != std::string::npos);
}

TEST_CASE("what can't be read or signs no From is never looked up") {
  CHECK(chosen({"aligned.example", {"-", "!aligned.example", "aligned.example"}}) == "2 ");
  CHECK(chosen({"pass.example", {"-", "!pass.example"}}) == "");
}

TEST_CASE("signatures under the platform's suffix matter on that platform") {
  CHECK(chosen({"off.example", {"other.example", "contoso.onmicrosoft.com"}}) == "1 ");
  CHECK(chosen({"off.example", {"evil.onmicrosoft.com"}}) == "0 ");
  // From elsewhere they are noise, and no other is asked for.
  CHECK(chosen({"off.example", {"contoso.onmicrosoft.com"}, stranger}) == "");
  CHECK(chosen({"pass.example", {"pass.example"}, stranger}) == "");
  CHECK(chosen({"off.example", {"onmicrosoft.com", "xonmicrosoft.com"}}) == "");
  CHECK(chosen({"off.example", {"!evil.onmicrosoft.com"}}) == "");
}

TEST_CASE("ten at most, and no flood drives the aligned one out") {
  std::vector<std::string> flood(30, "flood.example");
  CHECK(chosen({"pass.example", flood}) == "0 1 2 3 4 5 6 7 8 9 ");
  flood.push_back("pass.example");
  CHECK(chosen({"pass.example", flood}) == "30 0 1 2 3 4 5 6 7 8 ");
  std::vector<std::string> aligned(12, "aligned.example");
  CHECK(chosen({"aligned.example", aligned}) == "0 1 2 3 4 5 6 7 8 9 ");
}

TEST_CASE("a signature of dkim-domains is looked up, aligned or not") {
  const auto text = chosen({"listed.example", {"signer.example", "other.example"}});
  CHECK(text.starts_with("0 "));
  CHECK(chosen({"listed.example", {"listed.example", "signer.example"}}).find("1 ") !=
        std::string::npos);
}
