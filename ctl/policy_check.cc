// SPDX-License-Identifier: BSD-2-Clause
// tenantctl policy check: every error and warning of a policy, one a line.
#include <cstdio>
#include <ctime>

#include "ctl/command.h"
#include "policy/store/store.h"
#include "util/json.h"

namespace ctl {

namespace {

util::Json to_json(const store::Loaded& loaded, const std::string& source) {
  const util::Json findings = util::json_list(loaded.findings, [](const store::Finding& finding) {
    const bool is_error = finding.severity == store::Finding::Severity::error;
    return util::Json::object()
        .set("severity", is_error ? "error" : "warning")
        .set("file", finding.file)
        .set("line", std::int64_t{finding.line})
        .set("column", std::int64_t{finding.column})
        .set("found", finding.found)
        .set("expected", finding.expected);
  });
  return util::Json::object()
      .set("source", source)
      .set("revision", loaded.snapshot == nullptr ? "" : loaded.snapshot->revision())
      .set("findings", findings);
}

int policy_check(const util::Arguments& arguments) {
  const auto settings = daemon_settings(arguments);
  if (!settings) return failed(settings.error());
  const auto& given = arguments.positional;
  const std::string source = given.empty() ? settings->policy : given[0];
  const store::Loaded loaded = store::load(source, {.time = std::time(nullptr)});
  const std::string text =
      arguments.has("json") ? to_json(loaded, source).pretty() + "\n" : loaded.report(source);
  std::fputs(text.c_str(), stdout);
  return loaded.exit_code;
}

constexpr util::Flag flags[] = {json_flag};

}  // namespace

constexpr Command policy_check_command{
    .name = "policy check",
    .operands = {"[SOURCE]", 0, 1},
    .required_flags = "",
    .flags = flags,
    .help = "Print every error and warning of a policy.",
    .manual =
        "Each with file, line, column, what was found and what was expected. Exit 65 where "
        "there is an error; a policy with one is never loaded.",
    .example = "tenantctl policy check /etc/tenant-milter/policy.toml",
    .run = policy_check,
};

}  // namespace ctl
