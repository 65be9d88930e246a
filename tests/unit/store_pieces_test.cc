// SPDX-License-Identifier: BSD-2-Clause
// policy/store: a policy that is read in pieces is what it is as a whole.
#include <catch2/catch.hpp>

#include "policy/store/describe.h"
#include "policy/store/pieces.h"
#include "policy/store/platform_data.h"
#include "policy/store/store.h"
#include "tests/unit/cases.h"
#include "util/format.h"

namespace {

constexpr std::int64_t now = 1795521600;  // 2026-11-24, noon
constexpr std::size_t as_a_whole = std::string::npos;

using store::Loaded;

Loaded load(std::string_view text, std::size_t piece_size) {
  return store::load_toml(text, "policy", {.time = now}, piece_size);
}

bool is_read_in_pieces(std::string_view text) {
  std::vector<store::Finding> none;
  const auto platforms = store::read_platforms(store::built_in_platform_data(), none);
  store::Reader reader("policy");
  const bool is_read = store::read_in_pieces(reader, text, platforms, 1).has_value();
  CHECK((is_read || reader.take_findings().empty()));
  return is_read;
}

std::string said(const policy::Sender& sender) {
  std::string text = sender.name + "\n";
  for (const store::DescribedKey& key : store::described(sender)) {
    text += key.platform + " " + key.key + ":";
    for (const std::string& value : key.values) text += " " + value;
    text += "\n";
  }
  return text;
}

// All that is said of a policy, and all that it says.
std::string said(const Loaded& loaded) {
  std::string text = util::format("{}\n{}", loaded.exit_code, loaded.report("policy"));
  if (loaded.snapshot == nullptr) return text;
  for (const policy::Sender& sender : loaded.snapshot->senders()) text += said(sender);
  for (const policy::Tenant& tenant : loaded.snapshot->blocked_tenants())
    text += tenant.to_string() + "\n";
  return text;
}

void check_same(const std::string& text) {
  const Loaded whole = load(text, as_a_whole);
  for (const std::size_t size : {1, 30, 60, 100, 150, 250}) {
    CAPTURE(size);
    const Loaded pieces = load(text, size);
    CHECK(said(pieces) == said(whole));
    if (pieces.snapshot != nullptr && whole.snapshot != nullptr)
      CHECK(store::differences(*whole.snapshot, *pieces.snapshot).empty());
  }
}

std::string with_crlf(std::string_view text) {
  std::string result;
  for (const char c : text) result += c == '\n' ? "\r\n" : std::string(1, c);
  return result;
}

// A sender of so many domains; every fifth of them is another's, every seventh a suffix.
std::string sender(int number, int domains) {
  std::string listed;
  for (int i = 0; i < domains; ++i)
    listed +=
        util::format("\"d{}.{}\", ", i,
                     i % 7 == 6 ? "co.uk" : util::format("s{}.example", i % 5 == 4 ? 0 : number));
  return util::format("[[sender]]\nname = \"s{}\"\ndomains = [{}]\n", number, listed);
}

}  // namespace

TEST_CASE("a policy in pieces says what it says as a whole") {
  const auto policies = cases::read("policy/pieces.txt");
  REQUIRE(policies.size() > 20);
  for (const auto& policy : policies) {
    CAPTURE(policy.name);
    for (const std::string& text : {policy.input, with_crlf(policy.input)}) {
      CHECK(policy.expected ==
            std::vector<std::string>{is_read_in_pieces(text) ? "pieces" : "whole"});
      check_same(text);
    }
    check_same("\xEF\xBB\xBF" + policy.input);
  }
}

TEST_CASE("what is wrong with a policy is wrong with its pieces") {
  for (const char* file : {"policy/faults.txt", "policy/warnings.txt"}) {
    for (const auto& policy : cases::read(file)) {
      CAPTURE(policy.name);
      check_same(policy.input);
      check_same(with_crlf(policy.input));
    }
  }
  const auto specification = util::read_file(TEST_SOURCE_DIR "/cases/policy/specification.toml");
  REQUIRE(specification);
  check_same(*specification);
}

TEST_CASE("a policy that ends anywhere is the same in pieces") {
  for (const auto& policy : cases::read("policy/pieces.txt")) {
    CAPTURE(policy.name);
    for (std::size_t end = 0; end < policy.input.size(); end += 3) {
      const std::string text = policy.input.substr(0, end);
      CHECK(said(load(text, 1)) == said(load(text, as_a_whole)));
    }
  }
}

TEST_CASE("pieces are read in several threads, and said in their order") {
  std::string text = "version = 1\n";
  for (int i = 0; i < 400; ++i) text += sender(i, i % 10);
  CHECK(is_read_in_pieces(text));
  const std::string whole = said(load(text, as_a_whole));
  for (int again = 0; again < 5; ++again) CHECK((said(load(text, 1)) == whole));
  CHECK((said(load(text + "[defaults]\n", 1)) == said(load(text + "[defaults]\n", as_a_whole))));
}

TEST_CASE("a text is cut before its senders' headers") {
  const std::string_view text = "version = 1\n[[sender]]\na = 1\n\n[[sender]]\n[[sender]] #\nb";
  std::string joined;
  std::vector<unsigned> lines;
  for (const store::Piece& piece : store::cut(text, 1)) {
    joined += piece.text;
    lines.push_back(piece.lines_before);
  }
  CHECK(joined == text);
  CHECK(lines == std::vector<unsigned>{0, 1, 4, 5});
  CHECK(store::cut(text, 12).size() == 3);
  CHECK(store::cut(text, 1000).size() == 2);
  CHECK(store::cut("[[sender]]", 1).size() == 2);
  CHECK(store::cut("", 1).size() == 1);
}
