// SPDX-License-Identifier: BSD-2-Clause
// From the table to a verdict: who is responsible, which modes count, and what an
// answer that DNS did not give makes of it. A look-up that is unavailable is tried
// with each answer that it could have had: a check that passes with all of them
// passes, one that fails with all fails, any other is unavailable.
#include "tests/unit/oracle/oracle.h"

#include <algorithm>

#include "tests/unit/oracle/rules.h"

namespace oracle {
namespace {

using policy::Decision;
using policy::Evidence;
using policy::Fault;
using policy::Known;
using policy::Mode;
using policy::Ownership;
using policy::Policy;
using policy::Reason;
using policy::Sender;
using policy::Verdict;
using Relation = policy::Ownership::Relation;

constexpr struct {
  Fault fault;
  Reason reason;
  policy::ReplyCode code;
  bool as_the_strictest;  // else enforce
  bool for_good = false;  // else a tempfail
  bool in_any_mode = false;
} faults[] = {
    {Fault::headers_limit, Reason::limit, {"451", "4.3.4"}, true},
    {Fault::headers_refused, Reason::limit, {"552", "5.3.4"}, true, true},
    {Fault::removals_limit, Reason::limit, {"550", "5.7.1"}, false, true, true},
    {Fault::connections_limit, Reason::limit, {"421", "4.3.2"}, true},
    {Fault::internal, Reason::internal, {"451", "4.3.0"}, false},
    {Fault::policy_unavailable, Reason::internal, {"451", "4.3.0"}, false},
};

// The evidence with each answer in place of what is unavailable, the best first.
std::vector<Evidence> completions(const Evidence& e) {
  std::vector<Evidence> all{e};
  if (e.spf.state != Known::known) {
    all.push_back(e);
    for (auto& one : all) one.spf.state = Known::known;
    all[0].spf.result = policy::SpfResult::pass;
    all[1].spf.result = policy::SpfResult::fail;
  }
  for (std::size_t i = 0; i < e.signatures.size(); ++i) {
    if (e.signatures[i].state != Known::unavailable) continue;
    const auto count = all.size();
    for (std::size_t k = 0; k < count; ++k) all.push_back(all[k]);
    for (std::size_t k = 0; k < all.size(); ++k) {
      auto& s = all[k].signatures[i];
      s.state = Known::known;
      s.verified = k < count;
      s.key_bits = s.verified ? 2048 : 0;
    }
  }
  return all;
}

enum class State { pass, fail, unavailable };
struct Answer {
  int check = 0;
  State state = State::pass;
  Failure failure;
};

bool same(const Role& a, const Role& b) { return a.sender == b.sender && a.system == b.system; }

struct Judgement {
  const Evidence& e;
  const Policy& p;
  std::vector<Evidence> known = completions(e);

  Answer answer(int check, const Role& role) const;
  Answer first_that_counts(const Role& role) const;
  bool dkim_fails(const Role& role) const { return answer(10, role).state == State::fail; }
};

// The reason that holds whatever the answers, else that of the best answers.
Failure certain(const std::vector<std::vector<Failure>>& all) {
  for (const Failure& one : all[0]) {
    const bool always = std::all_of(all.begin(), all.end(), [&](auto& failures) {
      return std::find(failures.begin(), failures.end(), one) != failures.end();
    });
    if (always) return one;
  }
  return all[0][0];
}

Answer Judgement::answer(int check, const Role& role) const {
  std::vector<std::vector<Failure>> failing;
  for (const auto& one : known) {
    if (auto found = failures(check, {one, p, role}); !found.empty()) failing.push_back(found);
  }
  if (failing.empty()) return {check, State::pass, {}};
  if (failing.size() == known.size()) return {check, State::fail, certain(failing)};
  const auto code = check == 9 ? policy::spf_unavailable_code : info(Reason::dns_unavailable).code;
  return {check, State::unavailable, {Reason::dns_unavailable, code}};
}

// The first check that fails for certain, else the first that is unavailable.
Answer Judgement::first_that_counts(const Role& role) const {
  Answer unavailable;
  for (int check = 3; check <= 11; ++check) {
    const Answer a = answer(check, role);
    if (a.state == State::fail) return a;
    if (a.state == State::unavailable && unavailable.state == State::pass) unavailable = a;
  }
  return unavailable;
}

// Spec 6, "Forwarding" and "System mail": who answers for unknown authors.
bool owns_other(const Evidence& e, const Policy& p, const Sender* s) {
  const auto owns = [&](const Ownership& o) {
    return o.relation == Relation::owned &&
           std::find(o.senders.begin(), o.senders.end(), s) != o.senders.end();
  };
  if (e.envelope && owns(p.envelope)) return true;
  for (std::size_t i = 0; i < e.other_identities.size(); ++i) {
    const auto& domain = e.other_identities[i].domain;
    const bool counts =
        domain == e.sender_domain ||
        std::find(e.resent_from.begin(), e.resent_from.end(), domain) != e.resent_from.end();
    if (counts && owns(p.other_identities[i])) return true;
  }
  return false;
}

Role adopter(const Evidence& e, const Policy& p) {
  if (!belongs(e, p)) return {};
  for (const auto& author : p.authors) {
    if (author.relation != Relation::none) return {};
  }
  std::vector<const Sender*> named, forwarding, owning;
  for (const Sender* s : p.tenant_listers) {
    if (names_the_sender({e, p, Role{.sender = s}})) named.push_back(s);
  }
  for (const Sender* s : named) {
    if (s->forwarding != policy::Forwarding::allow) continue;
    forwarding.push_back(s);
    if (owns_other(e, p, s)) owning.push_back(s);
  }
  if (forwarding.size() == 1) return {.sender = forwarding[0], .forwarder = true};
  if (owning.size() == 1) return {.sender = owning[0], .forwarder = true};
  if (!e.null_sender || !e.system_mail || named.empty()) return {};
  return {.sender = *std::min_element(named.begin(), named.end(),
                                      [](auto* a, auto* b) { return a->name < b->name; }),
          .system = true};
}

// Alternatives: any one that passes will do.
using Group = std::vector<Role>;

// `adopted` answers for the authors; `forwarders` are judged as such in every role.
std::vector<Group> responsible(const Evidence& e, const Policy& p, const Role& adopted,
                               const std::vector<Role>& forwarders) {
  std::vector<Group> groups;
  if (adopted.sender) groups.push_back({adopted});
  const auto forwards = [&](const Sender* s) {
    return std::any_of(forwarders.begin(), forwarders.end(),
                       [&](auto& role) { return role.forwarder && role.sender == s; });
  };
  const auto add = [&](const Ownership& o, const policy::Identity* author) {
    Group group;
    for (const Sender* s : o.senders) {
      group.push_back({.sender = s,
                       .author = author,
                       .platform_name = author && o.platform_name,
                       .forwarder = forwards(s)});
    }
    std::sort(group.begin(), group.end(),
              [](auto& a, auto& b) { return a.sender->name < b.sender->name; });
    if (!group.empty()) groups.push_back(group);
  };
  for (std::size_t i = 0; i < e.authors.size(); ++i) {
    if (p.authors[i].relation == Relation::owned) add(p.authors[i], &e.authors[i]);
  }
  for (const auto& other : p.other_identities) add(other, nullptr);
  if (e.envelope) add(p.envelope, nullptr);
  return groups;
}

Mode strictest(const std::vector<Group>& groups, Mode mode) {
  for (const auto& group : groups) {
    for (const auto& role : group) mode = std::max(mode, role.sender->mode);
  }
  return mode;
}

Mode sender_unknown_mode(const Policy& p, const std::vector<Group>& groups) {
  Mode mode = strictest(groups, p.unknown_senders);
  for (const auto& author : p.authors) {
    for (const Sender* s : author.senders) mode = std::max(mode, s->mode);
  }
  return mode;
}

Verdict verdict(const Policy& p, Decision decision, Failure failure, Mode mode) {
  Verdict v;
  v.decision = decision;
  v.reason = failure.reason;
  v.code = failure.code;
  v.mode = p.override_mode.value_or(mode);
  return v;
}

// What a group says: nothing where one of its senders passes; else what the first
// says (by name) that an answer could still let pass; else what the first says.
Answer speaks(const Judgement& j, const Group& group, bool& spf_alone) {
  Answer first, open;
  spf_alone = true;
  for (const auto& role : group) {
    const Answer a = j.first_that_counts(role);
    if (a.state == State::pass) return {};
    if (a.state == State::unavailable && open.state == State::pass) open = a;
    if (first.state == State::pass) {
      first = a;
      spf_alone = !j.dkim_fails(role);
    }
  }
  return open.state == State::unavailable ? open : first;
}

Verdict by_groups(const Judgement& j, const std::vector<Group>& groups, bool unsure_of_sender) {
  Answer decides, open;
  std::vector<Group> not_passing;
  bool both = false;
  if (unsure_of_sender) {
    open = {2, State::unavailable, {Reason::dns_unavailable, info(Reason::dns_unavailable).code}};
  }
  for (const auto& group : groups) {
    bool spf_alone = true;
    const Answer a = speaks(j, group, spf_alone);
    if (a.state == State::pass) continue;
    not_passing.push_back(group);
    both |= a.state == State::fail && !spf_alone;
    Answer& place = a.state == State::fail ? decides : open;
    if (place.state == State::pass || a.check < place.check) place = a;
  }
  const Mode mode =
      unsure_of_sender ? sender_unknown_mode(j.p, groups) : strictest(not_passing, Mode::monitor);
  if (decides.state == State::fail) {
    if (decides.check == 9 && both) decides.failure.code = policy::several_failed_code;
    return verdict(j.p, Decision::reject, decides.failure, mode);
  }
  if (open.state == State::unavailable) {
    return verdict(j.p, Decision::tempfail, open.failure, mode);
  }
  return verdict(j.p, Decision::accept, {}, mode);
}

}  // namespace

Verdict expected(const Evidence& e, const Policy& p) {
  for (const auto& row : faults) {
    if (row.fault != e.fault) continue;
    Verdict v =
        verdict(p, row.for_good ? Decision::reject : Decision::tempfail, {row.reason, row.code},
                row.as_the_strictest ? p.strictest_mode : Mode::enforce);
    if (row.in_any_mode || (row.for_good && v.mode != Mode::monitor)) v.mode = Mode::enforce;
    return v;
  }
  if (!e.author_valid) {
    return verdict(p, Decision::reject, {Reason::author_invalid, info(Reason::author_invalid).code},
                   p.strictest_mode);
  }
  const Judgement j{e, p};
  const bool all_owned = std::all_of(p.authors.begin(), p.authors.end(), [](auto& author) {
    return author.relation == Relation::owned;
  });
  if (all_owned) return by_groups(j, responsible(e, p, {}, {}), false);

  std::vector<Role> adopted;
  for (const auto& one : j.known) adopted.push_back(adopter(one, p));
  const bool sure = std::all_of(adopted.begin(), adopted.end(),
                                [&](auto& role) { return same(role, adopted[0]); });
  if (!sure) return by_groups(j, responsible(e, p, {}, adopted), true);
  const auto groups = responsible(e, p, adopted[0], adopted);
  if (!adopted[0].sender) {
    return verdict(p, Decision::reject, {Reason::sender_unknown, info(Reason::sender_unknown).code},
                   sender_unknown_mode(p, groups));
  }
  Verdict v = by_groups(j, groups, false);
  v.forwarded = adopted[0].forwarder;
  v.system_mail = adopted[0].system;
  return v;
}

}  // namespace oracle
