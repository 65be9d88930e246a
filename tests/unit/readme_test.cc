// SPDX-License-Identifier: BSD-2-Clause
// README.md says what the tables say.
#include <catch2/catch.hpp>

#include "policy/reasons.h"
#include "policy/store/keys.h"
#include "policy/store/store.h"
#include "util/file.h"

namespace {

std::string readme() {
  const auto text = util::read_file(TEST_SOURCE_DIR "/../README.md");
  REQUIRE(text);
  return *text;
}

std::string block(const std::string& text, const std::string& begin) {
  const auto start = text.find(begin);
  REQUIRE(start != std::string::npos);
  const auto from = start + begin.size();
  return text.substr(from, text.find("```", from) - from);
}

}  // namespace

TEST_CASE("the README explains every reason in the table's words") {
  const std::string text = readme();
  for (const policy::ReasonInfo& reason : policy::reasons) {
    if (reason.reason == policy::Reason::none) continue;
    CAPTURE(reason.name);
    CHECK(text.find("| `" + std::string(reason.name) + "` | " + std::string(reason.manual) +
                    " |") != std::string::npos);
  }
}

TEST_CASE("the README explains every key of a policy in the table's words") {
  const std::string text = readme();
  for (const store::KeyInfo& key : store::keys) {
    if ((key.sections & ~(store::in_platform_data | store::in_built_in)) == 0) continue;
    CAPTURE(key.name);
    CHECK(text.find("| `" + std::string(key.name) + "` | " + std::string(key.type) + " | " +
                    std::string(key.help) + " |") != std::string::npos);
  }
}

TEST_CASE("the README's policy is a good one") {
  const auto loaded =
      store::load_toml(block(readme(), "```toml\n"), "README.md", {.time = 1795521600});
  for (const auto& finding : loaded.findings) INFO(finding.to_string());
  CHECK(loaded.findings.empty());
  CHECK(loaded.snapshot != nullptr);
}
