// SPDX-License-Identifier: BSD-2-Clause
#include "policy/judge.h"

#include <algorithm>

#include "policy/checks.h"
#include "policy/roles.h"

namespace policy {

namespace {

using Outcomes = std::array<Outcome, check_count>;

// How the checks of one sender, or of one group of alternatives, come out as a whole.
enum class Standing { passes, open, withheld, fails };  // open: pending; withheld: unavailable

Standing standing(const Outcomes& outcomes) {
  auto any = [&](CheckState state) {
    return std::any_of(outcomes.begin(), outcomes.end(),
                       [&](const Outcome& outcome) { return outcome.state == state; });
  };
  if (any(CheckState::fail)) return Standing::fails;
  if (any(CheckState::pending)) return Standing::open;
  return any(CheckState::unavailable) ? Standing::withheld : Standing::passes;
}

// Within one check the first that does not pass decides, a certain failure before
// an unavailable answer; one that is open keeps those after it from deciding.
void combine(Outcome& together, const Outcome& next) {
  if (together.state == CheckState::fail || together.state == CheckState::pending) return;
  if (together.state == CheckState::unavailable && next.state == CheckState::pass) return;
  if (together.state == CheckState::unavailable && next.state == CheckState::unavailable) return;
  if (next.state != CheckState::pass) together = next;
}

Outcomes run_checks(const Evidence& evidence, const Policy& policy, const Roles& roles,
                    const Responsible& group, const Sender& sender) {
  Asked asked{.evidence = evidence,
              .policy = policy,
              .roles = roles,
              .sender = &sender,
              .role = group.role,
              .way = way_in(evidence, policy, sender),
              .identity = group.identity};
  const bool may_forward = std::find(roles.forwarders.begin(), roles.forwarders.end(), &sender) !=
                           roles.forwarders.end();
  if (may_forward && group.role == Role::owner) asked.role = Role::forwarder;
  Outcomes outcomes;
  for (const CheckInfo& check : checks) {
    Outcome& outcome = outcomes[static_cast<std::size_t>(check.number - 1)];
    if (check.scope == CheckScope::responsible && outcomes[2].state == CheckState::pass)
      outcome = check.run(asked);
    if (check.scope != CheckScope::author) continue;
    for (const std::size_t author : group.authors) {
      asked.author = author;
      combine(outcome, check.run(asked));
    }
  }
  return outcomes;
}

struct GroupResult {
  Outcomes outcomes;
  Standing standing = Standing::passes;
  const Sender* sender = nullptr;  // the one reported
  Mode mode = Mode::monitor;       // the strictest of those under which it does not pass
};

// Alternatives of which one may still pass: whatever is not passed by all of them is
// as open as the group.
Outcomes open_outcomes(const std::vector<Outcomes>& all) {
  Outcomes outcomes;
  for (std::size_t i = 0; i < check_count; ++i) {
    for (const Outcomes& one : all) {
      if (one[i].state != CheckState::pass) outcomes[i] = pending();
    }
  }
  return outcomes;
}

// Any one of the candidates under which the checks pass will do; where none does, the
// first by name is reported, with the strictest of their modes (spec 5): of those that
// might have passed, had DNS answered, if there are any.
GroupResult judge_group(const Evidence& evidence, const Policy& policy, const Roles& roles,
                        const Responsible& group) {
  std::vector<Outcomes> all;
  GroupResult result{.standing = Standing::fails};
  for (const Sender* sender : group.candidates) {
    Outcomes outcomes = run_checks(evidence, policy, roles, group, *sender);
    const Standing one = standing(outcomes);
    if (one == Standing::passes) return {std::move(outcomes), one, sender, Mode::monitor};
    all.push_back(std::move(outcomes));
    if (result.sender == nullptr || one < result.standing) {
      result.standing = one;
      result.sender = sender;
      result.outcomes = all.back();
    }
    result.mode = std::max(result.mode, sender->mode);
  }
  if (all.size() > 1 && result.standing == Standing::open) result.outcomes = open_outcomes(all);
  return result;
}

// The mode of a verdict, and the strictest that it may still become.
struct ModeRange {
  Mode certain = Mode::monitor;
  Mode possible = Mode::monitor;
  void count(Mode mode, bool is_certain) {
    possible = std::max(possible, mode);
    if (is_certain) certain = std::max(certain, mode);
  }
};

ModeRange mode_of(const Policy& policy, Reason reason, const std::vector<GroupResult>& results) {
  ModeRange range;
  if (reason == Reason::author_invalid) {
    range.count(policy.strictest_mode, true);
    return range;
  }
  for (const GroupResult& result : results) {
    if (result.standing != Standing::passes)
      range.count(result.mode, result.standing != Standing::open);
  }
  return range;
}

// Where it is not known that somebody answers for the author (check 2 fails, or DNS did
// not say): all count that answer for the message, whether or not a check fails under
// them, that may come to, and the owners of the parents of unknown authors (spec 6,
// "Modes").
void count_unknown(ModeRange& range, const Policy& policy, const Roles& roles) {
  auto count = [&](const std::vector<const Sender*>& senders) {
    for (const Sender* sender : senders) range.count(sender->mode, true);
  };
  range.count(policy.unknown_senders, true);
  for (const Responsible& group : roles.responsible) count(group.candidates);
  for (const Ownership& ownership : policy.authors) count(ownership.senders);
  count(roles.forwarders);
}

// What a refusal would have done.
ModeRange mode_of_accepted(const std::vector<GroupResult>& results) {
  ModeRange range;
  for (const GroupResult& result : results) range.count(result.sender->mode, true);
  return range;
}

// What becomes of a message with a fault.
struct FaultInfo {
  Fault fault;
  Decision decision;
  Reason reason;
  ReplyCode code;
  // limit: the strictest mode of the policy; fault: enforce; both unless --mode overrides it.
  // always: enforce whatever --mode says, for the MTA would not survive the message.
  enum class Rule { limit, fault, always } rule;
};
constexpr std::array<FaultInfo, 6> faults{{
    {Fault::headers_limit, Decision::tempfail, Reason::limit, info(Reason::limit).code,
     FaultInfo::Rule::limit},
    {Fault::headers_refused, Decision::reject, Reason::limit, headers_refused_code,
     FaultInfo::Rule::limit},
    {Fault::removals_limit, Decision::reject, Reason::limit, removals_limit_code,
     FaultInfo::Rule::always},
    {Fault::connections_limit, Decision::tempfail, Reason::limit, connections_limit_code,
     FaultInfo::Rule::limit},
    {Fault::internal, Decision::tempfail, Reason::internal, info(Reason::internal).code,
     FaultInfo::Rule::fault},
    {Fault::policy_unavailable, Decision::tempfail, Reason::internal, info(Reason::internal).code,
     FaultInfo::Rule::fault},
}};

Verdict judge_fault(const Evidence& evidence, const Policy& policy) {
  const auto row = std::find_if(faults.begin(), faults.end(),
                                [&](const FaultInfo& one) { return one.fault == evidence.fault; });
  Verdict verdict;
  verdict.decision = row->decision;
  verdict.reason = row->reason;
  verdict.code = row->code;
  verdict.seen = name_of(evidence.fault, fault_names);
  verdict.mode = Mode::enforce;
  if (row->rule == FaultInfo::Rule::always) return verdict;
  const Mode own = row->rule == FaultInfo::Rule::limit ? policy.strictest_mode : Mode::enforce;
  verdict.mode = policy.override_mode.value_or(own);
  // What was not judged is never let through by quarantine or tag.
  if (verdict.mode != Mode::monitor && row->decision == Decision::reject)
    verdict.mode = Mode::enforce;
  return verdict;
}

// The checks of all groups, one by one.
Outcomes combined(const Asked& message, const std::vector<GroupResult>& results) {
  Outcomes outcomes;
  for (const CheckInfo& check : checks) {
    const auto i = static_cast<std::size_t>(check.number - 1);
    if (check.scope == CheckScope::message) {
      outcomes[i] = check.run(message);
      continue;
    }
    for (const GroupResult& result : results) combine(outcomes[i], result.outcomes[i]);
  }
  return outcomes;
}

// The first check that does not pass decides: a failure refuses, something pending
// leaves it undecided; an unavailable one defers unless a later one fails for certain.
void decide(Verdict& verdict, const Outcomes& outcomes) {
  const Outcome* withheld = nullptr;
  auto answer = [&](Decision decision, const Outcome& by) {
    verdict.decision = decision;
    verdict.reason = by.reason;
    verdict.code = by.code;
    if (by.words == nullptr) return;
    verdict.identity = by.words->identity;
    verdict.seen = by.words->seen;
  };
  for (const Outcome& outcome : outcomes) {
    if (outcome.state == CheckState::fail) return answer(Decision::reject, outcome);
    if (outcome.state == CheckState::pending) return answer(Decision::undecided, {});
    if (outcome.state == CheckState::unavailable && withheld == nullptr) withheld = &outcome;
  }
  if (withheld != nullptr) return answer(Decision::tempfail, *withheld);
  answer(Decision::accept, {});
}

// SPF and DKIM required and both known to have failed (RFC 7372 3.3).
void name_both(Verdict& verdict, const Outcomes& outcomes) {
  const Outcome& spf = outcomes[8];
  const Outcome& dkim = outcomes[9];
  const bool by_spf =
      verdict.reason == Reason::spf_failed || verdict.reason == Reason::spf_unaligned;
  if (!by_spf || spf.state != CheckState::fail || dkim.state != CheckState::fail) return;
  verdict.code = several_failed_code;
  verdict.also = dkim.reason;
  verdict.seen += "; " + dkim.words->seen;
}

}  // namespace

Verdict judge(const Evidence& evidence, const Policy& policy) {
  if (evidence.fault != Fault::none) return judge_fault(evidence, policy);
  Verdict verdict;
  Roles roles;
  if (evidence.author_valid) roles = assign_roles(evidence, policy);
  std::vector<GroupResult> results;
  for (const Responsible& group : roles.responsible) {
    results.push_back(judge_group(evidence, policy, roles, group));
    const std::string& name = results.back().sender->name;
    if (std::find(verdict.senders.begin(), verdict.senders.end(), name) == verdict.senders.end())
      verdict.senders.push_back(name);
  }
  const Asked message{.evidence = evidence, .policy = policy, .roles = roles, .identity = {}};
  const Outcomes outcomes = combined(message, results);
  decide(verdict, outcomes);
  if (verdict.decision == Decision::reject) name_both(verdict, outcomes);
  verdict.forwarded = roles.forwarded;
  verdict.system_mail = roles.system_mail;
  // An author that can't be read leaves nobody to run the other checks for.
  const std::size_t run = evidence.author_valid ? check_count : 1;
  for (std::size_t i = 0; i < run; ++i) verdict.checks[i] = outcomes[i].state;

  ModeRange mode = verdict.decision == Decision::accept ? mode_of_accepted(results)
                                                        : mode_of(policy, verdict.reason, results);
  const bool is_unknown =
      verdict.reason == Reason::sender_unknown || roles.authors_known == CheckState::unavailable;
  if (is_unknown) count_unknown(mode, policy, roles);
  verdict.mode = policy.override_mode.value_or(mode.certain);
  const bool mode_settled = policy.override_mode || mode.certain == mode.possible;
  if (verdict.decision == Decision::reject && !mode_settled) verdict.decision = Decision::undecided;
  return verdict;
}

}  // namespace policy
