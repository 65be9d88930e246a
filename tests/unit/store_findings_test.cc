// SPDX-License-Identifier: BSD-2-Clause
// policy/store: every error and warning of the language, at its place (spec 5).
#include <catch2/catch.hpp>

#include "policy/store/store.h"
#include "tests/unit/cases.h"

namespace {

constexpr std::int64_t now = 1795521600;  // 2026-11-24, noon

std::vector<std::string> lines_of(const store::Loaded& loaded) {
  std::vector<std::string> lines;
  for (const store::Finding& finding : loaded.findings) {
    const std::string line = finding.to_string();
    lines.push_back(line.starts_with("policy:") ? line.substr(7) : line);
  }
  return lines;
}

}  // namespace

TEST_CASE("a policy with an error is not loaded, and all of them are said") {
  const auto faults = cases::read("policy/faults.txt");
  REQUIRE(faults.size() > 20);
  for (const auto& fault : faults) {
    CAPTURE(fault.name);
    const auto loaded = store::load_toml(fault.input, "policy", {.time = now});
    CHECK(lines_of(loaded) == fault.expected);
    CHECK(loaded.snapshot == nullptr);
    CHECK(loaded.exit_code == 65);
  }
}

TEST_CASE("a policy with warnings alone is loaded") {
  const auto warnings = cases::read("policy/warnings.txt");
  REQUIRE(warnings.size() > 5);
  for (const auto& warning : warnings) {
    CAPTURE(warning.name);
    const auto loaded = store::load_toml(warning.input, "policy", {.time = now});
    CHECK(lines_of(loaded) == warning.expected);
    CHECK(loaded.snapshot != nullptr);
    CHECK(loaded.exit_code == 0);
  }
}

TEST_CASE("a source that can't be loaded names itself and its exit code") {
  CHECK(store::load("/nonexistent/policy.toml", {}).exit_code == 66);
  CHECK(store::load(TEST_SOURCE_DIR, {}).exit_code == 65);
  for (const char* source :
       {"lmdb:/var/lib/p", "postgresql://db/p", "ldap://d/p", "ldaps://d/p", "ldapi:///p"}) {
    CAPTURE(source);
    const auto loaded = store::load(source, {});
    CHECK(loaded.exit_code == 78);
    CHECK(loaded.snapshot == nullptr);
    REQUIRE(loaded.findings.size() == 1);
    CHECK(loaded.findings[0].found == "a store that is not built in");
  }
}
