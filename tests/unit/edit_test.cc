// SPDX-License-Identifier: BSD-2-Clause
// policy/store/edit: what a change means is all that changes, whatever the layout.
#include "policy/store/edit.h"

#include <catch2/catch.hpp>

#include "policy/store/store.h"

namespace {

using store::Edited;

policy::SnapshotPtr loaded(const std::string& text) {
  const store::Loaded loaded = store::load_toml(text, "policy.toml", {});
  INFO(text);
  INFO(loaded.report("policy.toml"));
  REQUIRE(loaded.snapshot != nullptr);
  return loaded.snapshot;
}

policy::Tenant tenant(const std::string& value) {
  return {"microsoft365", policy::TenantKind::name, value};
}

std::string allowed(const std::string& text, const std::string& value,
                    const std::optional<std::string>& until = {}, const std::string& note = "") {
  const auto edited = store::allow(text, *loaded(text), "contoso", {{tenant(value), until, note}});
  REQUIRE(edited);
  loaded(edited->text);
  return edited->text;
}

std::string revoked(const std::string& text, const std::string& value) {
  const auto edited = store::revoke(text, *loaded(text), "contoso", {tenant(value)});
  if (!edited) FAIL(edited.error().text);
  loaded(edited->text);
  return edited->text;
}

// A policy with one sender, whose list of tenants is written like this.
std::string with_list(const std::string& list) {
  return "version = 1  # first\n\n# Contoso\n[[sender]]\nname    = \"contoso\"\n"
         "domains = [\"contoso.com\"]\ntenants = " +
         list + "  # who may\nspf = \"off\" # later\n[sender.platform.google]\ndkim = \"off\"\n";
}

}  // namespace

TEST_CASE("a tenant is added as the others are written") {
  const std::pair<const char*, const char*> layouts[] = {
      {"[]", "[\"microsoft365:new.example\"]"},
      {"[ ]", "[\"microsoft365:new.example\"]"},
      {"[\n]", "[\n  \"microsoft365:new.example\",\n]"},
      {"[ # none yet\n]", "[\"microsoft365:new.example\"# none yet\n]"},
      {"[\"microsoft365:a.example\"]",
       "[\"microsoft365:a.example\", \"microsoft365:new.example\"]"},
      {"[\"microsoft365:a.example\",]",
       "[\"microsoft365:a.example\", \"microsoft365:new.example\",]"},
      {"[\n  \"microsoft365:a.example\", # A\n]",
       "[\n  \"microsoft365:a.example\", # A\n  \"microsoft365:new.example\",\n]"},
      {"[\n  \"microsoft365:a.example\" # A\n]",
       "[\n  \"microsoft365:a.example\", # A\n  \"microsoft365:new.example\"\n]"},
      {"[\"microsoft365:a.example\",\n           \"microsoft365:b.example\"]",
       "[\"microsoft365:a.example\",\n           \"microsoft365:b.example\",\n           "
       "\"microsoft365:new.example\"]"},
      {"[\n\t'microsoft365:a.example'\n\t, 'microsoft365:b.example'\n]",
       "[\n\t'microsoft365:a.example'\n\t, 'microsoft365:b.example', "
       "\"microsoft365:new.example\"\n]"},
      {"[{ tenant = \"microsoft365:a.example\", note = \"x # y ] ,\" }]",
       "[{ tenant = \"microsoft365:a.example\", note = \"x # y ] ,\" }, "
       "\"microsoft365:new.example\"]"},
  };
  for (const auto& [before, after] : layouts) {
    CAPTURE(before);
    CHECK(allowed(with_list(before), "new.example") == with_list(after));
    // Line ends of Windows stay what they are.
    std::string windows = with_list(before);
    for (auto at = windows.find('\n'); at != std::string::npos; at = windows.find('\n', at + 2))
      windows.replace(at, 1, "\r\n");
    const std::string edited = allowed(windows, "new.example");
    CHECK(std::count(edited.begin(), edited.end(), '\n') ==
          std::count(edited.begin(), edited.end(), '\r'));
  }
}

TEST_CASE("a tenant is taken out and nothing else") {
  const std::pair<const char*, const char*> layouts[] = {
      {"[\"microsoft365:b.example\"]", "[]"},
      {"[\"microsoft365:b.example\", ]", "[]"},
      {"[\"microsoft365:a.example\", \"microsoft365:b.example\"]", "[\"microsoft365:a.example\"]"},
      {"[\"microsoft365:b.example\", \"microsoft365:a.example\"]", "[\"microsoft365:a.example\"]"},
      {"[\"microsoft365:a.example\", \"microsoft365:B.example\", \"microsoft365:c.example\"]",
       "[\"microsoft365:a.example\", \"microsoft365:c.example\"]"},
      {"[\n  \"microsoft365:a.example\", # A\n  \"microsoft365:b.example\", # B\n]",
       "[\n  \"microsoft365:a.example\", # A\n]"},
      {"[\n  # all of them\n  \"microsoft365:b.example\", # B\n  # the other\n  "
       "\"microsoft365:a.example\" # A\n]",
       "[\n  # all of them\n  # the other\n  \"microsoft365:a.example\" # A\n]"},
      {"[\"microsoft365:a.example\", # A\n           \"microsoft365:b.example\"]",
       "[\"microsoft365:a.example\", # A\n           ]"},
      {"[\"microsoft365:b.example\",\n           \"microsoft365:a.example\"]",
       "[\"microsoft365:a.example\"]"},
      {"[\"microsoft365:b.example\", # B\n           \"microsoft365:a.example\"]",
       "[# B\n           \"microsoft365:a.example\"]"},
      {"[{ tenant = \"microsoft365:b.example\", until = 2027-03-31 }, \"microsoft365:b.example\"]",
       "[]"},
  };
  for (const auto& [before, after] : layouts) {
    CAPTURE(before);
    CHECK(revoked(with_list(before), "b.example") == with_list(after));
  }
}

TEST_CASE("added and taken out again, the text is what it was") {
  for (const char* list :
       {"[]", "[\"microsoft365:a.example\"]", "[\n  \"microsoft365:a.example\", # A\n]",
        "[\"microsoft365:a.example\",\n           \"google:b.example\"]",
        "[ \"microsoft365:a.example\" , \"google:b.example\" ]"}) {
    const std::string text = with_list(list);
    CAPTURE(list);
    CHECK(revoked(allowed(text, "new.example"), "new.example") == text);
  }
}

TEST_CASE("date and note are written, and renewed where the tenant is listed") {
  const std::string text = with_list("[\"microsoft365:a.example\"]");
  const std::string once = allowed(text, "a.example", "2027-03-31", "a \"note\" \\");
  CHECK(once == with_list("[{ tenant = \"microsoft365:a.example\", until = 2027-03-31, note = "
                          "\"a \\\"note\\\" \\\\\" }]"));
  CHECK(loaded(once)->senders()[0].tenants[0].note == "a \"note\" \\");
  CHECK(allowed(once, "a.example", "2028-01-01") ==
        with_list("[{ tenant = \"microsoft365:a.example\", until = 2028-01-01 }]"));
  // A plain "allow" of what is listed takes nothing away.
  CHECK(allowed(once, "a.example") == once);
}

TEST_CASE("a list that is not there is made, in every form of table") {
  CHECK(allowed("version = 1\n[[sender]]\n  name    = \"contoso\"\n  domains = [\"contoso.com\"] "
                "# D\n[sender.platform.google]\nspf = \"off\"\n",
                "new.example") ==
        "version = 1\n[[sender]]\n  name    = \"contoso\"\n  domains = [\"contoso.com\"] # D\n  "
        "tenants = [\"microsoft365:new.example\"]\n[sender.platform.google]\nspf = \"off\"\n");
  CHECK(allowed("version = 1\nsender = [{ name = \"contoso\", domains = [\"contoso.com\"] }]",
                "new.example") ==
        "version = 1\nsender = [{ name = \"contoso\", domains = [\"contoso.com\"], tenants = "
        "[\"microsoft365:new.example\"] }]");
  const std::string bare =
      "\xef\xbb\xbfversion = 1 # first\n[[sender]]\nname = \"contoso\"\n"
      "domains = [\"contoso.com\"]";
  CHECK(allowed(bare, "new.example") == bare + "\ntenants = [\"microsoft365:new.example\"]");
  const auto blocked = store::block(bare, *loaded(bare), {tenant("bad.example")});
  REQUIRE(blocked);
  CHECK(
      blocked->text.starts_with("\xef\xbb\xbfversion = 1 # first\nblocked-tenants = "
                                "[\"microsoft365:bad.example\"]\n[[sender]]"));
  const auto unblocked =
      store::unblock(blocked->text, *loaded(blocked->text), {tenant("bad.example")});
  REQUIRE(unblocked);
  CHECK(loaded(unblocked->text)->blocked_tenants().empty());
}

TEST_CASE("a sender is added at the end and taken out with its tables and comment") {
  const std::string first =
      "version = 1\n\n# One\n[[sender]]\nname = \"one\"\ndomains = "
      "[\"one.example\"]\n";
  const std::string second =
      "\n# Two, since 2026\n[[sender]]\nname = \"two\"\ndomains = "
      "[\"two.example\"]\n[sender.platform.google]\nspf = \"off\" # S\n";
  const std::string third =
      "\n# About three\n\n# Three\n[[sender]]\nname = \"three\"\ndomains = [\n"
      "\"three.example\"]\n";
  const auto added = store::add_sender(
      first, {.name = "new \"x\"", .domains = {"new.example"}, .words = {{"mode", "monitor"}}});
  REQUIRE(added);
  CHECK(added->text == first +
                           "\n[[sender]]\nname = \"new \\\"x\\\"\"\ndomains = "
                           "[\"new.example\"]\nmode = \"monitor\"\n");
  const std::string all = first + second + third;
  auto without = [&](const std::string& name) {
    const auto edited = store::remove_sender(all, name);
    REQUIRE(edited);
    return edited->text;
  };
  CHECK(without("two") == first + third);
  CHECK(without("one") == "version = 1\n" + second + third);
  CHECK(without("three") == first + second + "\n# About three\n\n");
  CHECK(store::remove_sender(added->text, "new \"x\"")->text == first + "\n");
}

TEST_CASE("what can't be changed in place is left alone, with its line") {
  const std::string split =
      "version = 1\n[[sender]]\nname = \"contoso\"\ndomains = [\"contoso.com\"]\n"
      "[platform.own]\nnetworks = [\"192.0.2.0/24\"]\ntenant-header = \"X-T\"\n"
      "[sender.platform.google]\nspf = \"off\"\n";
  const auto removed = store::remove_sender(split, "contoso");
  REQUIRE_FALSE(removed);
  CHECK(removed.error().text.starts_with("line 2:"));
  const std::string list = "version = 1\nsender = [{ name = \"a\", domains = [\"a.example\"] }]\n";
  CHECK_FALSE(store::remove_sender(list, "a"));
  CHECK_FALSE(store::add_sender(list, {.name = "b", .domains = {"b.example"}}));
}

TEST_CASE("a difference is one hunk with three lines around") {
  CHECK(store::unified_diff("a\nb\nc\nd\ne\nf\ng\nh\n", "a\nb\nc\nd\nX\nf\ng\nh\n", "p") ==
        "--- p\n+++ p\n@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+X\n f\n g\n h\n");
  CHECK(store::unified_diff("a", "a\nb\n", "p") ==
        "--- p\n+++ p\n@@ -1,1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n");
  CHECK(store::unified_diff("", "a\n", "p") == "--- p\n+++ p\n@@ -0,0 +1,1 @@\n+a\n");
  CHECK(store::unified_diff("a\n", "a\n", "p").empty());
}
