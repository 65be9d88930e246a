// SPDX-License-Identifier: BSD-2-Clause
// tenantctl senders: who is configured.
#include <cstdio>
#include <ctime>

#include "ctl/command.h"
#include "ctl/policy_file.h"
#include "ctl/table.h"
#include "policy/store/describe.h"
#include "util/json.h"

namespace ctl {

namespace {

util::Json to_json(const policy::Sender& sender) {
  util::Json json = util::Json::object();
  util::Json platforms = util::Json::object();
  std::map<std::string, util::Json> by_platform;
  for (const store::DescribedKey& key : store::described(sender)) {
    const util::Json value =
        key.is_list ? util::json_list(key.values) : util::Json(key.values.front());
    if (key.platform.empty())
      json.set(key.key, value);
    else
      by_platform.try_emplace(key.platform, util::Json::object()).first->second.set(key.key, value);
  }
  for (auto& [platform, settings] : by_platform) platforms.set(platform, settings);
  return json.set("platform", platforms);
}

std::string shortened(const std::vector<std::string>& values) {
  if (values.empty()) return "-";
  return values.size() == 1 ? values.front()
                            : values.front() + " +" + std::to_string(values.size() - 1);
}

// How many tenants count now, and how many do not any more.
std::string tenants_of(const policy::Sender& sender, std::int64_t now) {
  std::size_t in_force = 0;
  for (const policy::ListedTenant& one : sender.tenants) in_force += one.in_force(now) ? 1 : 0;
  const std::size_t over = sender.tenants.size() - in_force;
  return std::to_string(in_force) + (over > 0 ? " (" + std::to_string(over) + " over)" : "");
}

bool matches(const policy::Sender& sender, const std::string& pattern) {
  if (sender.name.find(pattern) != std::string::npos) return true;
  for (const std::string& domain : sender.domains) {
    if (domain.find(pattern) != std::string::npos) return true;
  }
  return false;
}

void print_table(const std::vector<const policy::Sender*>& senders) {
  Table table({{"SENDER"},
               {"DOMAINS"},
               {"MODE"},
               {"TENANTS", true},
               {"NETWORKS", true},
               {"LOGINS", true},
               {"SPF"},
               {"DKIM"}});
  for (const policy::Sender* sender : senders)
    table.add({sender->name, shortened(sender->domains),
               std::string(name_of(sender->mode, policy::mode_names)),
               tenants_of(*sender, std::time(nullptr)), std::to_string(sender->networks.size()),
               std::to_string(sender->logins.size()),
               std::string(name_of(sender->settings.spf, policy::requirement_names)),
               std::string(name_of(sender->settings.dkim, policy::requirement_names))});
  std::fputs(table.text(has_colour(stdout)).c_str(), stdout);
}

int senders(const util::Arguments& arguments) {
  const auto policy = load_policy(arguments);
  if (!policy) return failed(policy.error());
  const std::string pattern = arguments.positional.empty() ? "" : arguments.positional[0];
  std::vector<const policy::Sender*> found;
  for (const policy::Sender& sender : policy->snapshot->senders()) {
    if (matches(sender, pattern)) found.push_back(&sender);
  }
  if (found.empty() && !pattern.empty())
    return failed({"no sender has \"" + pattern + "\" in its name or domains", exit_no_input});
  if (!arguments.has("json")) {
    print_table(found);
    return 0;
  }
  const util::Json all =
      util::json_list(found, [](const policy::Sender* sender) { return to_json(*sender); });
  return std::printf("%s\n", all.pretty().c_str()) < 0;
}

constexpr util::Flag flags[] = {json_flag};

}  // namespace

constexpr Command senders_command{
    .name = "senders",
    .operands = {"[TEXT]", 0, 1},
    .required_flags = "",
    .flags = flags,
    .help = "List the senders, or those with a text in their name or domains.",
    .manual = "\"policy show\" says all of one.",
    .example = "tenantctl senders",
    .run = senders,
};

}  // namespace ctl
