// SPDX-License-Identifier: BSD-2-Clause
// policy/reasons: the reason table is that of the specification (spec 6).
#include "policy/reasons.h"

#include <catch2/catch.hpp>
#include <set>

#include "policy/verdict.h"

using policy::Reason;

TEST_CASE("each reason has its name, its check and its reply") {
  struct Row {
    Reason reason;
    std::string_view name;
    int check;
    std::string_view smtp, enhanced;
  };
  const Row rows[] = {{Reason::none, "none", 0, "", ""},
                      {Reason::author_invalid, "author-invalid", 1, "550", "5.7.1"},
                      {Reason::sender_unknown, "sender-unknown", 2, "550", "5.7.1"},
                      {Reason::origin_denied, "origin-denied", 3, "550", "5.7.1"},
                      {Reason::tenant_missing, "tenant-missing", 4, "550", "5.7.1"},
                      {Reason::tenant_conflict, "tenant-conflict", 5, "550", "5.7.1"},
                      {Reason::tenant_blocked, "tenant-blocked", 6, "550", "5.7.1"},
                      {Reason::tenant_denied, "tenant-denied", 7, "550", "5.7.1"},
                      {Reason::tenant_transit, "tenant-transit", 8, "550", "5.7.1"},
                      {Reason::spf_failed, "spf-failed", 9, "550", "5.7.23"},
                      {Reason::spf_unaligned, "spf-unaligned", 9, "550", "5.7.23"},
                      {Reason::dkim_missing, "dkim-missing", 10, "550", "5.7.20"},
                      {Reason::dkim_failed, "dkim-failed", 10, "550", "5.7.20"},
                      {Reason::dkim_unacceptable, "dkim-unacceptable", 10, "550", "5.7.21"},
                      {Reason::dkim_unaligned, "dkim-unaligned", 10, "550", "5.7.22"},
                      {Reason::dns_unavailable, "dns-unavailable", 0, "451", "4.4.3"},
                      {Reason::limit, "limit", 0, "451", "4.3.4"},
                      {Reason::internal, "internal", 0, "451", "4.3.0"}};
  CHECK(std::size(rows) == policy::reasons.size());
  for (const auto& row : rows) {
    CAPTURE(row.name);
    const auto& info = policy::info(row.reason);
    CHECK(info.reason == row.reason);
    CHECK(info.name == row.name);
    CHECK(info.check == row.check);
    CHECK(info.code == policy::ReplyCode{row.smtp, row.enhanced});
    CHECK(info.manual.empty() == (row.reason == Reason::none));
    CHECK(policy::reason_named(row.name) == row.reason);
  }
}

TEST_CASE("a reason is named exactly") {
  for (const char* bad : {"", "Tenant-Denied", "tenant_denied", "tenant-denied ", "tenant", "0"}) {
    CAPTURE(bad);
    CHECK(policy::reason_named(bad) == std::nullopt);
  }
}

TEST_CASE("codes that a check gives in place of its reason's own") {
  CHECK(policy::spf_permerror_code == policy::ReplyCode{"550", "5.7.24"});
  CHECK(policy::several_failed_code == policy::ReplyCode{"550", "5.7.26"});
  CHECK(policy::spf_unavailable_code == policy::ReplyCode{"451", "4.7.24"});
  CHECK(policy::connections_limit_code == policy::ReplyCode{"421", "4.3.2"});
}

TEST_CASE("a reply's class is that of its enhanced code, and of the decision") {
  for (const auto& info : policy::reasons) {
    if (info.reason == Reason::none) continue;
    CAPTURE(info.name);
    CHECK(info.code.smtp.size() == 3);
    CHECK(info.code.smtp.front() == info.code.enhanced.front());
    CHECK((info.check != 0) == (info.code.smtp.front() == '5'));
  }
}

TEST_CASE("names of checks, states and decisions are all different") {
  const std::set<std::string_view> checks(policy::check_names.begin(), policy::check_names.end());
  CHECK(checks.size() == policy::check_count);
  CHECK(policy::check_state_names[static_cast<int>(policy::CheckState::unavailable)] ==
        "unavailable");
  CHECK(policy::decision_names[static_cast<int>(policy::Decision::undecided)] == "undecided");
  CHECK(policy::mode_names[static_cast<int>(policy::Mode::enforce)] == "enforce");
}
