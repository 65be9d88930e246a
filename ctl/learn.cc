// SPDX-License-Identifier: BSD-2-Clause
// tenantctl learn: what a monitored period says about who sends for whom.
#include <sys/stat.h>

#include <cstdio>
#include <ctime>
#include <map>

#include "ctl/command.h"
#include "ctl/decisions.h"
#include "ctl/learned_entries.h"
#include "ctl/policy_file.h"
#include "ctl/table.h"
#include "milter/evidence/record.h"
#include "policy/store/store.h"
#include "util/format.h"
#include "util/json.h"

namespace ctl {

namespace {

using util::format;

// The policy in force; where there is none yet, one that knows the platforms alone.
util::Result<LoadedPolicy> policy_or_none(const util::Arguments& arguments) {
  const auto settings = daemon_settings(arguments);
  if (!settings) return settings.error();
  struct stat there {};
  const bool is_file_absent =
      store::is_file(settings->policy) && ::stat(settings->policy.c_str(), &there) != 0;
  if (is_file_absent && !arguments.has("policy"))
    return LoadedPolicy{settings->policy, "", store::load_toml("version = 1\n", "", {}).snapshot};
  return load_policy(settings->policy);
}

std::string share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? "-" : format("{} %", part * 100 / whole);
}

Table table_of(const std::vector<Row>& rows, bool has_marked) {
  Table table({{"DOMAIN"},
               {"WAY IN"},
               {"TENANT"},
               {"ENTITY"},
               {"HANDED IN BY"},
               {"MESSAGES", true},
               {"DAYS", true},
               {"FIRST"},
               {"LAST"},
               {"SPF", true},
               {"DKIM", true},
               {"MARK"}});
  for (const Row& row : rows) {
    if (row.mark != Mark::none && !has_marked) continue;
    table.add({row.author, row.way.described(), row.way.tenant(), row.way.entity,
               row.way.connecting, std::to_string(row.messages), std::to_string(row.days.size()),
               evidence::date_of(row.first), evidence::date_of(row.last),
               share(row.spf_aligned, row.spf_known), share(row.dkim_aligned, row.dkim_known),
               row.mark == Mark::none ? (row.is_proven ? "" : "unproven")
                                      : std::string(info(row.mark).name)});
  }
  return table;
}

// What is marked, by who did it: an attacker has as many domains as he likes.
struct Suspect {
  std::uint64_t messages = 0;
  std::uint64_t domains = 0;
  std::string example;
};

void print_suspects(const std::vector<Row>& rows, bool in_colour) {
  std::map<std::pair<Mark, std::string>, Suspect> suspects;
  for (const Row& row : rows) {
    if (row.mark == Mark::none) continue;
    const std::string tenant = row.way.tenant();
    Suspect& suspect =
        suspects[{row.mark, row.way.described() + (tenant.empty() ? "" : " " + tenant)}];
    suspect.messages += row.messages;
    ++suspect.domains;
    if (suspect.example.empty()) suspect.example = row.author;
  }
  if (suspects.empty()) return;
  Table table({{"MARK"}, {"WHO"}, {"MESSAGES", true}, {"DOMAINS", true}, {"FOR EXAMPLE"}});
  for (const auto& [key, suspect] : suspects)
    table.add({std::string(info(key.first).name), key.second, std::to_string(suspect.messages),
               std::to_string(suspect.domains), suspect.example});
  std::printf("\nNot proposed\n%s", table.text(in_colour).c_str());
  std::set<Mark> seen;
  for (const auto& [key, _] : suspects) seen.insert(key.first);
  for (const Mark mark : seen)
    std::printf("  %s: %s\n", std::string(info(mark).name).c_str(),
                std::string(info(mark).meaning).c_str());
}

std::string proposal(const std::vector<Row>& rows, const policy::Snapshot& snapshot) {
  std::string text;
  for (const LearnedEntry& entry : learned_entries(rows, snapshot)) {
    const std::string one = entry_text(entry, snapshot);
    if (!one.empty()) text += (text.empty() ? "" : "\n") + one;
  }
  return text;
}

util::Json to_json(const Row& row) {
  auto number = [](std::uint64_t count) { return static_cast<std::int64_t>(count); };
  return util::Json::object()
      .set("domain", row.author)
      .set("login", row.way.login)
      .set("address", row.way.address)
      .set("platform", row.way.platform)
      .set("tenant_name", row.way.name)
      .set("tenant_id", row.way.id)
      .set("entity", row.way.entity)
      .set("connecting", row.way.connecting)
      .set("messages", number(row.messages))
      .set("accepted", number(row.accepted))
      .set("days", number(row.days.size()))
      .set("first", evidence::rfc3339(row.first))
      .set("last", evidence::rfc3339(row.last))
      .set("spf_known", number(row.spf_known))
      .set("spf_aligned", number(row.spf_aligned))
      .set("dkim_known", number(row.dkim_known))
      .set("dkim_aligned", number(row.dkim_aligned))
      .set("replays", number(row.replays))
      .set("proven", row.is_proven)
      .set("mark", info(row.mark).name);
}

void print(const util::Arguments& arguments, const std::vector<Row>& rows, const Learning& learning,
           const ReadCounts& counts, const policy::Snapshot& snapshot) {
  const bool in_colour = has_colour(stdout);
  std::fputs(table_of(rows, arguments.has("all")).text(in_colour).c_str(), stdout);
  print_suspects(rows, in_colour);
  std::printf("\n%s%s\n", counted(counts.decisions, "decision").c_str(),
              broken_note(counts).c_str());
  if (learning.without_author() > 0)
    std::printf("%s without an author that can be read\n",
                counted(learning.without_author(), "message").c_str());
  const std::string text = proposal(rows, snapshot);
  std::printf("\n%s", text.empty() ? "Nothing is proposed.\n" : ("Proposed\n\n" + text).c_str());
}

int learn(const util::Arguments& arguments) {
  const auto policy = policy_or_none(arguments);
  if (!policy) return failed(policy.error());
  const auto files = decision_files(arguments, 0);
  if (!files) return failed(files.error());
  Learning learning(policy->snapshot);
  const auto counts =
      read_decisions(*files, [&](const util::JsonValue& record, const policy::Evidence& evidence) {
        learning.add(evidence, record.at("verdict").text() == "accept");
      });
  if (!counts) return failed(counts.error());
  const std::vector<Row> rows = learning.rows();
  if (arguments.has("toml"))
    return std::fputs(proposal(rows, *policy->snapshot).c_str(), stdout) < 0;
  if (!arguments.has("json")) {
    print(arguments, rows, learning, *counts, *policy->snapshot);
    return 0;
  }
  const util::Json json =
      util::Json::object()
          .set("decisions", static_cast<std::int64_t>(counts->decisions))
          .set("broken", static_cast<std::int64_t>(counts->broken))
          .set("without_author", static_cast<std::int64_t>(learning.without_author()))
          .set("rows", util::json_list(rows, [](const Row& row) { return to_json(row); }))
          .set("proposal", proposal(rows, *policy->snapshot));
  return std::printf("%s\n", json.pretty().c_str()) < 0;
}

constexpr util::Flag flags[] = {
    {0, "toml", "", false, "Print the proposed entries alone, to be added to a policy."},
    {0, "all", "", false, "List what is marked row by row as well."},
    json_flag,
};

}  // namespace

constexpr Command learn_command{
    .name = "learn",
    .operands = {"[FILE...]", 0},
    .required_flags = "",
    .flags = flags,
    .help = "Learn from decision logs who sends for whom, and propose entries.",
    .manual =
        "Lists by which ways in mail of each author domain came: tenants, logins and addresses, "
        "how much, from when to when, and how much of it was aligned. What looks like abuse is "
        "marked and never proposed. For the rest it proposes entries, with the strictest spf, "
        "dkim, entities, hybrid-sources and tenant-evidence that this mail meets; for a sender "
        "that is configured it says what its entry lacks. \"unproven\" is a way in of which no "
        "stamp or signature shows that the domain is its own: ask before you apply it. It changes "
        "nothing. FILE is a decision log as for simulate.",
    .example = "tenantctl learn /var/log/tenant-milter/decisions.json",
    .run = learn,
};

}  // namespace ctl
