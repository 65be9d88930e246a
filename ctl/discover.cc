// SPDX-License-Identifier: BSD-2-Clause
// tenantctl discover: the entries that domains' own DNS suggests.
#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdio>
#include <future>

#include "ctl/command.h"
#include "ctl/discovery.h"
#include "ctl/dns_source.h"
#include "ctl/policy_file.h"
#include "ctl/progress.h"
#include "ctl/proposal.h"
#include "policy/domain.h"
#include "policy/store/platform_list.h"
#include "util/format.h"
#include "util/idna.h"
#include "util/text.h"

namespace ctl {

namespace {

using util::Error;
using util::format;

constexpr int most_threads = 256;

constexpr util::Flag flags[] = {
    {0, "parallel", "N", false, "So many domains are looked up at once. Default: 16."},
    dns_from_flag,
    {0, "apply", "", false,
     "Add the entries to the policy, but for domains that a sender has already."},
    dry_run_flag,
    reload_flag,
    json_flag,
};

util::Result<int> read_parallel(const util::Arguments& arguments) {
  const std::string text = arguments.value("parallel", "16");
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 1 ||
      number > most_threads)
    return Error{format("--parallel: found \"{}\", expected a number from 1 to {}",
                        util::shown(text), most_threads),
                 exit_usage};
  return number;
}

// In canonical form, each once.
util::Result<std::vector<std::string>> read_domains(const Words& words) {
  std::vector<std::string> domains;
  for (const std::string& word : words) {
    const auto ascii = util::lookup_form(word);
    const auto domain = ascii ? policy::canonical_domain(*ascii) : std::nullopt;
    if (!domain)
      return Error{format("discover: found \"{}\", expected a domain", util::shown(word, 300)),
                   exit_usage};
    if (std::find(domains.begin(), domains.end(), *domain) == domains.end())
      domains.push_back(*domain);
  }
  return domains;
}

std::vector<Discovered> discover_all(const std::vector<std::string>& domains,
                                     evidence::Resolver& resolver, std::chrono::milliseconds budget,
                                     int threads) {
  std::vector<Discovered> found(domains.size());
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> done{0};
  Progress progress("discovering");
  auto work = [&] {
    for (std::size_t i = next++; i < domains.size(); i = next++) {
      found[i] = discover(domains[i], resolver, budget);
      const std::size_t count = ++done;
      progress.at(count, domains.size(), format("{}/{}", count, domains.size()));
    }
  };
  std::vector<std::future<void>> workers;
  const auto count = std::min(static_cast<std::size_t>(threads), domains.size());
  for (std::size_t i = 0; i < count; ++i) workers.push_back(std::async(std::launch::async, work));
  for (std::future<void>& worker : workers) worker.get();
  return found;
}

void print(const std::vector<Proposal>& proposals, bool as_json) {
  if (as_json) {
    const util::Json all =
        util::json_list(proposals, [](const Proposal& proposal) { return to_json(proposal); });
    std::printf("%s\n", all.pretty().c_str());
    return;
  }
  const char* between = "";
  for (const Proposal& proposal : proposals) {
    std::printf("%s%s", between, to_toml(proposal).c_str());
    between = "\n";
  }
}

int exit_code_of(const std::vector<Proposal>& proposals) {
  auto any = [&](auto which) { return std::any_of(proposals.begin(), proposals.end(), which); };
  if (any([](const Proposal& one) { return one.is_incomplete; })) return exit_tempfail;
  return any([](const Proposal& one) { return one.outcome == Proposal::Outcome::no_such_name; })
             ? exit_no_input
             : 0;
}

// Entries whose names a sender has already are called by their domain.
void rename_taken(std::vector<Proposal>& proposals, const policy::Snapshot& snapshot) {
  for (Proposal& proposal : proposals) {
    const std::string name = proposal.name.value;
    const auto& senders = snapshot.senders();
    if (std::none_of(senders.begin(), senders.end(),
                     [&](const policy::Sender& sender) { return sender.name == name; }))
      continue;
    proposal.name.value = proposal.domain;
    for (Proposal& other : proposals) {
      for (Statement& delegate : other.delegates) {
        if (delegate.value == name) delegate.value = proposal.domain;
      }
    }
  }
}

// The entries at the end of the policy.
util::Result<store::Edited> applied(std::vector<Proposal> proposals, const LoadedPolicy& policy) {
  store::Edited all{.text = policy.text, .changes = {}};
  rename_taken(proposals, *policy.snapshot);
  for (const Proposal& proposal : proposals) {
    const auto owner = policy.snapshot->owner_of(proposal.domain);
    if (proposal.outcome != Proposal::Outcome::entry) continue;
    if (owner.relation == policy::Ownership::Relation::owned) {
      std::fprintf(stderr, "%s: %s has it already\n", proposal.domain.c_str(),
                   owner.senders.front()->name.c_str());
      continue;
    }
    auto edited =
        store::append(all.text, to_toml(proposal), "added the sender " + proposal.name.value);
    if (!edited) return edited.error();
    all.text = std::move(edited->text);
    all.changes.push_back(edited->changes.front());
  }
  return all;
}

int apply(const util::Arguments& arguments, const std::vector<Proposal>& proposals) {
  const int applying = change_policy(
      arguments, [&](const LoadedPolicy& policy) { return applied(proposals, policy); });
  return applying != 0 ? applying : exit_code_of(proposals);
}

int run_discover(const util::Arguments& arguments) {
  const auto domains = read_domains(arguments.positional);
  if (!domains) return failed(domains.error());
  const auto parallel = read_parallel(arguments);
  if (!parallel) return failed(parallel.error());
  const auto settings = daemon_settings(arguments);
  if (!settings) return failed(settings.error());
  const auto resolver = resolver_for(arguments, *settings);
  if (!resolver) return failed(resolver.error());
  std::vector<policy::Platform> platforms;
  for (const auto& listed : store::platforms_in_force(settings->policy).platforms)
    platforms.push_back(listed.platform);
  const auto proposals =
      propose(discover_all(*domains, **resolver, settings->dns_budget, *parallel), platforms);
  if (arguments.has("apply")) return apply(arguments, proposals);
  print(proposals, arguments.has("json"));
  return exit_code_of(proposals);
}

}  // namespace

constexpr Command discover_command{
    .name = "discover",
    .operands = {"DOMAIN...", 1},
    .required_flags = "",
    .flags = flags,
    .help = "Print the entries that domains' own DNS suggests.",
    .manual =
        "Each line says which record it rests on and how sure it is. Without --apply nothing "
        "is changed: what is printed is for the policy, once it has been read. A domain for which "
        "DNS shows no "
        "way in gets an entry that is commented out. Exit 66 where a domain does not exist, 75 "
        "where DNS gave no answer.",
    .example = "tenantctl discover contoso.com",
    .run = run_discover,
};

}  // namespace ctl
