// SPDX-License-Identifier: BSD-2-Clause
// tenantctl policy show: the configuration in force for a domain, and where it comes from.
#include <cstdio>

#include "ctl/command.h"
#include "ctl/policy_file.h"
#include "ctl/table.h"
#include "policy/store/describe.h"
#include "util/format.h"
#include "util/json.h"

namespace ctl {

namespace {

using Relation = policy::Ownership::Relation;

// A sender that answers for the name, and as what.
struct Answer {
  std::vector<const policy::Sender*> senders;
  std::string how;
};

util::Result<Answer> answer_for(const std::string& name, const policy::Snapshot& snapshot) {
  const auto domain = canonical(name);
  const policy::Ownership owner = domain ? snapshot.owner_of(*domain) : policy::Ownership{};
  if (owner.relation == Relation::owned && owner.platform_name)
    return Answer{owner.senders, "a platform name that it lists as a tenant"};
  if (owner.relation == Relation::below)
    return Answer{owner.senders,
                  "the owner of a parent, without subdomains: mail of this author is refused"};
  const auto sender = sender_of(name, snapshot);
  if (!sender) return sender.error();
  return Answer{{*sender}, ""};
}

std::string row_name(const store::DescribedKey& key) {
  return key.platform.empty() ? key.key : util::format("platform.{}.{}", key.platform, key.key);
}

void print(const policy::Sender& sender, const std::string& how, const LoadedPolicy& policy) {
  std::printf("%s%s%s\n", sender.name.c_str(), how.empty() ? "" : ": ", how.c_str());
  Table table({{"KEY"}, {"VALUE"}, {"FROM"}});
  for (const store::DescribedKey& key : store::in_force(sender, policy.text, policy.source)) {
    if (key.values.empty()) table.add({row_name(key), "-", key.source});
    for (std::size_t i = 0; i < key.values.size(); ++i)
      table.add({i == 0 ? row_name(key) : "", key.values[i], i == 0 ? key.source : ""});
  }
  std::fputs(table.text(has_colour(stdout), 2).c_str(), stdout);
}

util::Json to_json(const policy::Sender& sender, const LoadedPolicy& policy) {
  return util::json_list(
      store::in_force(sender, policy.text, policy.source), [](const store::DescribedKey& key) {
        return util::Json::object()
            .set("key", key.key)
            .set("platform", key.platform)
            .set("value",
                 key.is_list ? util::json_list(key.values) : util::Json(key.values.front()))
            .set("from", key.source);
      });
}

int policy_show(const util::Arguments& arguments) {
  const auto policy = load_policy(arguments);
  if (!policy) return failed(policy.error());
  const auto answer = answer_for(arguments.positional[0], *policy->snapshot);
  if (!answer) return failed(answer.error());
  if (!arguments.has("json")) {
    for (const policy::Sender* sender : answer->senders) print(*sender, answer->how, *policy);
    return 0;
  }
  const util::Json all = util::json_list(answer->senders, [&](const policy::Sender* sender) {
    return util::Json::object()
        .set("sender", sender->name)
        .set("as", answer->how)
        .set("keys", to_json(*sender, *policy));
  });
  return std::printf("%s\n", all.pretty().c_str()) < 0;
}

constexpr util::Flag flags[] = {json_flag};

}  // namespace

constexpr Command policy_show_command{
    .name = "policy show",
    .operands = {"DOMAIN", 1, 1},
    .required_flags = "",
    .flags = flags,
    .help = "Print the value in force of each key for a domain, and where it comes from.",
    .manual = "A sender's name does as well. A domain that nobody has configured exits 66.",
    .example = "tenantctl policy show contoso.com",
    .run = policy_show,
};

}  // namespace ctl
