// SPDX-License-Identifier: BSD-2-Clause
// tenantctl policy diff: what a policy says otherwise than another, by meaning.
#include <cstdio>

#include "ctl/command.h"
#include "ctl/policy_file.h"
#include "policy/store/describe.h"
#include "util/json.h"

namespace ctl {

namespace {

int policy_diff(const util::Arguments& arguments) {
  const auto a = load_policy(arguments.positional[0]);
  if (!a) return failed(a.error());
  const auto b = load_policy(arguments.positional[1]);
  if (!b) return failed(b.error());
  const auto lines = store::differences(*a->snapshot, *b->snapshot);
  if (arguments.has("json"))
    std::printf("%s\n", util::json_list(lines).pretty().c_str());
  else if (lines.empty())
    std::puts("no difference");
  else
    for (const std::string& line : lines) std::printf("%s\n", line.c_str());
  return lines.empty() ? 0 : exit_found;
}

constexpr util::Flag flags[] = {json_flag};

}  // namespace

constexpr Command policy_diff_command{
    .name = "policy diff",
    .operands = {"SOURCE SOURCE", 2, 2},
    .required_flags = "",
    .flags = flags,
    .help = "Print what the second policy says otherwise than the first, by meaning.",
    .manual =
        "Comments, order and layout mean nothing, nor does a value that is written out where the "
        "default was the same. As with diff(1), exit 1 where there is a difference.",
    .example = "tenantctl policy diff /etc/tenant-milter/policy.toml new.toml",
    .run = policy_diff,
};

}  // namespace ctl
