// SPDX-License-Identifier: BSD-2-Clause
// tenantctl simulate: logged decisions judged again by another policy.
#include <algorithm>
#include <array>
#include <cstdio>
#include <map>

#include "ctl/command.h"
#include "ctl/decisions.h"
#include "ctl/policy_file.h"
#include "ctl/table.h"
#include "milter/evidence/replay.h"
#include "milter/evidence/reply.h"
#include "util/format.h"
#include "util/json.h"
#include "util/text.h"

namespace ctl {

namespace {

using policy::Decision;
using util::format;

constexpr std::size_t most_samples = 3;
constexpr std::string_view unknown_word = "unknown";

// A verdict as the table shows it: "accept", or with its reason.
struct Outcome {
  Decision decision = Decision::undecided;
  std::string reason;  // "" where accepted or unknown

  std::string text() const {
    if (decision == Decision::undecided) return std::string(unknown_word);
    const std::string word(name_of(decision, policy::decision_names));
    return reason.empty() ? word : word + " " + reason;
  }
  auto operator<=>(const Outcome&) const = default;
};

Outcome outcome_of(const policy::Verdict& verdict) {
  const bool has_reason =
      verdict.decision == Decision::reject || verdict.decision == Decision::tempfail;
  return {verdict.decision,
          has_reason ? std::string(policy::info(verdict.reason).name) : std::string()};
}

Outcome logged_outcome(const util::JsonValue& record) {
  const auto decision = policy::named<Decision>(record.at("verdict").text(), policy::decision_names)
                            .value_or(Decision::undecided);
  const bool has_reason = decision == Decision::reject || decision == Decision::tempfail;
  return {decision, has_reason ? std::string(record.at("reason").text()) : std::string()};
}

struct Change {
  std::string sender;  // responsible ones, or what stands for none
  Outcome before;
  Outcome after;
  auto operator<=>(const Change&) const = default;
};

struct Group {
  std::uint64_t count = 0;
  std::vector<std::string> samples;  // queue ids
};

class Simulation {
 public:
  explicit Simulation(const policy::Snapshot& snapshot) : snapshot_(snapshot) {}

  void add(const util::JsonValue& record, const policy::Evidence& evidence) {
    const Outcome before = logged_outcome(record);
    const policy::Verdict verdict = evidence::judge_again(evidence, snapshot_);
    const Outcome after = outcome_of(verdict);
    ++before_[before];
    ++after_[after];
    if (after.decision != Decision::undecided)
      ++done_[static_cast<std::size_t>(evidence::action_for(verdict))];
    if (before == after) return;
    Group& group = changes_[{sender_of(record, verdict), before, after}];
    ++group.count;
    if (group.samples.size() < most_samples)
      group.samples.push_back(util::shown(record.at("queue_id").text()));
  }

  std::uint64_t newly_refused() const {
    std::uint64_t count = 0;
    for (const auto& [change, group] : changes_) {
      if (hurts(change)) count += group.count;
    }
    return count;
  }

  // Those that hurt first: accepted mail that would be refused, then by count.
  std::vector<std::pair<const Change*, const Group*>> changes() const {
    std::vector<std::pair<const Change*, const Group*>> sorted;
    for (const auto& [change, group] : changes_) sorted.emplace_back(&change, &group);
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
      auto rank = [](const auto& one) { return std::pair(hurts(*one.first), one.second->count); };
      return rank(a) > rank(b);
    });
    return sorted;
  }

  static bool hurts(const Change& change) {
    return change.before.decision == Decision::accept && change.after.decision == Decision::reject;
  }

  const std::map<Outcome, std::uint64_t>& before() const { return before_; }
  const std::map<Outcome, std::uint64_t>& after() const { return after_; }
  std::uint64_t done(evidence::Action action) const {
    return done_[static_cast<std::size_t>(action)];
  }

 private:
  // Names of strangers are as many as an attacker likes: they are one group.
  static std::string sender_of(const util::JsonValue& record, const policy::Verdict& verdict) {
    if (!verdict.senders.empty()) return joined(verdict.senders, ", ");
    std::vector<std::string> logged;
    for (const util::JsonValue& one : record.at("senders").elements())
      logged.push_back(util::shown(one.text()));
    return logged.empty() ? "(nobody's)" : joined(logged, ", ");
  }

  const policy::Snapshot& snapshot_;
  std::map<Change, Group> changes_;
  std::map<Outcome, std::uint64_t> before_;
  std::map<Outcome, std::uint64_t> after_;
  std::array<std::uint64_t, evidence::action_names.size()> done_{};
};

std::uint64_t count_in(const std::map<Outcome, std::uint64_t>& totals, const Outcome& outcome) {
  const auto found = totals.find(outcome);
  return found == totals.end() ? 0 : found->second;
}

std::map<Outcome, std::uint64_t> all_outcomes(const Simulation& simulation) {
  std::map<Outcome, std::uint64_t> all = simulation.before();
  all.insert(simulation.after().begin(), simulation.after().end());
  return all;
}

void print_changes(const Simulation& simulation, bool in_colour) {
  const auto changes = simulation.changes();
  if (changes.empty()) return static_cast<void>(std::puts("no verdict would change"));
  Table table({{"SENDER"}, {"BEFORE"}, {"AFTER"}, {"MESSAGES", true}, {"FOR EXAMPLE"}});
  for (const auto& [change, group] : changes)
    table.add({change->sender, change->before.text(), change->after.text(),
               std::to_string(group->count), joined(group->samples, " ")});
  std::fputs(table.text(in_colour).c_str(), stdout);
}

void print_totals(const Simulation& simulation, bool in_colour) {
  Table table({{"VERDICT"}, {"BEFORE", true}, {"AFTER", true}});
  for (const auto& [outcome, _] : all_outcomes(simulation))
    table.add({outcome.text(), std::to_string(count_in(simulation.before(), outcome)),
               std::to_string(count_in(simulation.after(), outcome))});
  std::printf("\n%s\n", table.text(in_colour).c_str());
  std::vector<std::string> done;
  for (std::size_t i = 0; i < evidence::action_names.size(); ++i) {
    const auto count = simulation.done(static_cast<evidence::Action>(i));
    if (count > 0) done.push_back(format("{} {}", evidence::action_names[i], count));
  }
  if (!done.empty())
    std::printf("by its modes the new policy would: %s\n", joined(done, ", ").c_str());
}

void print(const Simulation& simulation, const ReadCounts& counts) {
  const bool in_colour = has_colour(stdout);
  print_changes(simulation, in_colour);
  print_totals(simulation, in_colour);
  const std::uint64_t unknown = count_in(simulation.after(), {Decision::undecided, ""});
  std::printf("%s%s\n", counted(counts.decisions, "decision").c_str(), broken_note(counts).c_str());
  if (unknown > 0)
    std::printf("%s would depend on what was not known: unknown\n",
                counted(unknown, "verdict").c_str());
  if (const auto refused = simulation.newly_refused(); refused > 0)
    std::printf("%s\n",
                red(counted(refused, "accepted message") + " would be refused", in_colour).c_str());
}

util::Json to_json(const std::map<Outcome, std::uint64_t>& totals) {
  util::Json json = util::Json::object();
  for (const auto& [outcome, count] : totals)
    json.set(outcome.text(), static_cast<std::int64_t>(count));
  return json;
}

util::Json to_json(const Simulation& simulation, const ReadCounts& counts) {
  const util::Json changes = util::json_list(simulation.changes(), [](const auto& one) {
    return util::Json::object()
        .set("sender", one.first->sender)
        .set("before", one.first->before.text())
        .set("after", one.first->after.text())
        .set("messages", static_cast<std::int64_t>(one.second->count))
        .set("queue_ids", util::json_list(one.second->samples));
  });
  return util::Json::object()
      .set("decisions", static_cast<std::int64_t>(counts.decisions))
      .set("broken", static_cast<std::int64_t>(counts.broken))
      .set("accepted_then_refused", static_cast<std::int64_t>(simulation.newly_refused()))
      .set("unknown",
           static_cast<std::int64_t>(count_in(simulation.after(), {Decision::undecided, ""})))
      .set("before", to_json(simulation.before()))
      .set("after", to_json(simulation.after()))
      .set("changes", changes);
}

int simulate(const util::Arguments& arguments) {
  const auto policy = load_policy(arguments);
  if (!policy) return failed(policy.error());
  const auto files = decision_files(arguments, 0);
  if (!files) return failed(files.error());
  Simulation simulation(*policy->snapshot);
  const auto counts =
      read_decisions(*files, [&](const util::JsonValue& record, const policy::Evidence& evidence) {
        simulation.add(record, evidence);
      });
  if (!counts) return failed(counts.error());
  if (arguments.has("json"))
    std::printf("%s\n", to_json(simulation, *counts).pretty().c_str());
  else
    print(simulation, *counts);
  return simulation.newly_refused() > 0 ? exit_found : 0;
}

constexpr util::Flag flags[] = {json_flag};

}  // namespace

constexpr Command simulate_command{
    .name = "simulate",
    .operands = {"[FILE...]", 0},
    .required_flags = "",
    .flags = flags,
    .help = "Judge logged decisions again by another policy.",
    .manual =
        "Prints every verdict that would change, by sender and reason, and totals. Verdicts are "
        "compared, whatever the modes. One that depends on what was not known then, because it "
        "was not asked for or had not come, is \"unknown\". Exit 1 where mail that was accepted "
        "would be refused. FILE is a decision log, plain or compressed by gzip or zstd; - is "
        "standard input; without one --decision-log of the configuration.",
    .example = "tenantctl simulate --policy new.toml /var/log/tenant-milter/decisions.json",
    .run = simulate,
};

}  // namespace ctl
