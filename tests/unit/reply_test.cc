// SPDX-License-Identifier: BSD-2-Clause
// milter/evidence/reply: what a verdict becomes, and its one line of text (spec 6).
#include "milter/evidence/reply.h"

#include <algorithm>
#include <catch2/catch.hpp>

using evidence::Action;
using policy::Decision;
using policy::Mode;
using policy::Reason;

namespace {

policy::Verdict refused(std::string identity, std::string seen,
                        Reason reason = Reason::tenant_denied) {
  policy::Verdict verdict;
  verdict.decision = Decision::reject;
  verdict.reason = reason;
  verdict.code = policy::info(reason).code;
  verdict.identity = std::move(identity);
  verdict.seen = std::move(seen);
  return verdict;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

bool is_one_line_of_ascii(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

// "550 5.7.1 " stands before the text.
constexpr std::size_t max_text = 500;
std::size_t with_codes(const policy::Verdict& verdict, const std::string& text) {
  return verdict.code.smtp.size() + 1 + verdict.code.enhanced.size() + 1 + text.size();
}

}  // namespace

TEST_CASE("a mode makes an action of a decision") {
  struct Row {
    Decision decision;
    Mode mode;
    Action action;
  };
  for (const auto& [decision, mode, action] :
       {Row{Decision::accept, Mode::enforce, Action::accept},
        Row{Decision::accept, Mode::quarantine, Action::accept},
        Row{Decision::accept, Mode::tag, Action::accept},
        Row{Decision::accept, Mode::monitor, Action::accept},
        Row{Decision::reject, Mode::enforce, Action::reject},
        Row{Decision::reject, Mode::quarantine, Action::quarantine},
        Row{Decision::reject, Mode::tag, Action::tag},
        Row{Decision::reject, Mode::monitor, Action::accept},
        Row{Decision::tempfail, Mode::enforce, Action::tempfail},
        Row{Decision::tempfail, Mode::quarantine, Action::tempfail},
        Row{Decision::tempfail, Mode::tag, Action::tempfail},
        Row{Decision::tempfail, Mode::monitor, Action::accept}}) {
    CAPTURE(static_cast<int>(decision), static_cast<int>(mode));
    policy::Verdict verdict;
    verdict.decision = decision;
    verdict.mode = mode;
    verdict.reason = decision == Decision::accept ? Reason::none : Reason::tenant_denied;
    CHECK(evidence::action_for(verdict) == action);
  }
}

TEST_CASE("names of actions stand in their order") {
  CHECK(evidence::action_names[static_cast<int>(Action::accept)] == "accept");
  CHECK(evidence::action_names[static_cast<int>(Action::reject)] == "reject");
  CHECK(evidence::action_names[static_cast<int>(Action::tempfail)] == "tempfail");
  CHECK(evidence::action_names[static_cast<int>(Action::quarantine)] == "quarantine");
  CHECK(evidence::action_names[static_cast<int>(Action::tag)] == "tag");
}

TEST_CASE("the text has the reason, the domain, what was seen and the URL") {
  const auto verdict = refused("contoso.com", "evil.onmicrosoft.com");
  const auto bare = evidence::reply_text(verdict, "");
  CAPTURE(bare);
  CHECK(has(bare, "tenant-denied"));
  CHECK(has(bare, "contoso.com"));
  CHECK(has(bare, "evil.onmicrosoft.com"));
  CHECK_FALSE(has(bare, "http"));
  CHECK(evidence::reply_text(verdict, "https://relay.example/?r=%{reason}&d=%{domain}") ==
        bare + "; https://relay.example/?r=tenant-denied&d=contoso.com");
}

TEST_CASE("both reasons of 5.7.26 stand in the text") {
  auto verdict = refused("contoso.com", "", Reason::spf_failed);
  verdict.code = policy::several_failed_code;
  verdict.also = Reason::dkim_missing;
  const auto text = evidence::reply_text(verdict, "");
  CHECK(has(text, "spf-failed"));
  CHECK(has(text, "dkim-missing"));
}

TEST_CASE("nothing is echoed but printable ASCII") {
  const auto text = evidence::reply_text(
      refused("c\xc3\xb6ntoso.com", "a\r\n250 ok\x1b[2J\t\x7f" + std::string(1, '\0') + "%s"), "");
  CAPTURE(text);
  CHECK(is_one_line_of_ascii(text));
  CHECK(has(text, "c??ntoso.com"));
  CHECK(has(text, "a??250 ok?[2J???%s"));  // '%' is doubled where libmilter formats
  CHECK_FALSE(has(text, "%%"));
}

TEST_CASE("domain and what was seen are cut at 60 characters, the URL never") {
  const std::string url = "https://relay.example/" + std::string(300 - 22, 'u');
  REQUIRE(url.size() == 300);
  const auto verdict = refused(std::string(253, 'd'), std::string(5000, 's'));
  const auto text = evidence::reply_text(verdict, url);
  CHECK(with_codes(verdict, text) <= max_text);
  CHECK(text.ends_with(" " + url));
  CHECK(std::count(text.begin(), text.end(), 'd') <= 60 + 3);
  CHECK_FALSE(has(text, std::string(61, 'd')));
  CHECK_FALSE(has(text, std::string(61, 's')));
  CHECK(has(text, std::string(50, 'd')));
}

TEST_CASE("no verdict makes a line over 500 bytes or one without its reason") {
  const std::string long_url =
      "https://relay.example/%{domain}/%{reason}/" + std::string(300 - 42, 'u');
  REQUIRE(long_url.size() == 300);
  std::string many;
  while (many.size() + 9 <= 300) many += "%{domain}";
  for (const auto& info : policy::reasons) {
    if (info.reason == Reason::none) continue;
    for (const auto& url : {std::string(), long_url, many}) {
      for (const auto& domain : {std::string(), std::string("contoso.com"), std::string(253, '/'),
                                 std::string(253, 'd')}) {
        auto verdict = refused(domain, std::string(300, '%'), info.reason);
        verdict.also = Reason::dkim_unacceptable;
        const auto text = evidence::reply_text(verdict, url);
        CAPTURE(info.name, url, domain, text);
        CHECK(with_codes(verdict, text) <= max_text);
        CHECK(is_one_line_of_ascii(text));
        CHECK(has(text, info.name));
      }
    }
  }
}

TEST_CASE("an internal fault says nothing that isn't so") {
  const auto text = evidence::reply_text(refused("", "", Reason::internal), "");
  CAPTURE(text);
  CHECK(has(text, "internal"));
  CHECK_FALSE(has(text, "  "));
  CHECK_FALSE(text.ends_with(" "));
  CHECK_FALSE(text.ends_with(":"));
  CHECK_FALSE(text.ends_with(","));
}

TEST_CASE("values in the URL are percent-encoded, and not filled in twice") {
  using evidence::filled_url;
  CHECK(filled_url("https://a.example/%{reason}?%{domain}", "limit", "contoso.com") ==
        "https://a.example/limit?contoso.com");
  CHECK(filled_url("%{domain}%{domain}", "limit", "a b&c") == "a%20b%26ca%20b%26c");
  CHECK(filled_url("https://a.example/x", "limit", "contoso.com") == "https://a.example/x");
  CHECK(filled_url("", "limit", "contoso.com") == "");
  CHECK(filled_url("%{domain}", "limit", "%{reason}") == "%25%7Breason%7D");
  CHECK(filled_url("%{other}%{reason", "limit", "x") == "%{other}%{reason");
  CHECK(filled_url("%{reason}%", "limit", "x") == "limit%");
  CHECK(filled_url("%20%{domain}", "limit", "\xc3\xa4\r\n") == "%20%C3%A4%0D%0A");
  CHECK(filled_url("x?d=%{domain}", "limit", "") == "x?d=");
}
