// SPDX-License-Identifier: BSD-2-Clause
// Properties of `judge` over random messages and policies (tests/unit/random): what makes a
// message worse or a policy stricter never lets more through, modes change no verdict,
// and the cases are not all alike. Seeds: random.h.
#include <algorithm>
#include <map>

#include "policy/domain.h"
#include "tests/unit/random/properties.h"

using namespace random_cases;
using policy::Decision;
using policy::Known;
using policy::Mode;
using policy::Policy;
using policy::Reason;
using policy::Verdict;

namespace {

// One change that makes nothing better, or two.
Finding never_more(Random& r, const std::vector<Change>& changes) {
  const World before = random_world(r);
  const Verdict was = judged(before);
  if (accepted(was) || contested(oracle::policy_of(before))) return no_matter();
  World after = before;
  const Change& change = r.of(changes);
  std::string words = change.word;
  if (!change.apply(r, after)) return no_matter();
  if (const Change& another = r.of(changes); r.one_in(4) && another.apply(r, after)) {
    words += std::string(" and ") + another.word;
  }
  const Verdict is = judged(after);
  return accepted(is) ? broken(both(words, before, was, after, is)) : holds();
}

// Whether a source of check 4 says this one. A field that contradicts itself names nobody, and
// the connecting tenant is asked about only where that check's sources are settled.
bool names(const World& w, const policy::Tenant& tenant) {
  const bool stamped = std::any_of(
      w.e.tenant_fields.begin(), w.e.tenant_fields.end(), [&](const policy::TenantField& f) {
        return f.value == tenant.value && !f.malformed && !f.contradictory &&
               !stamp_of(stranger(), *w.platform, f.source).empty();
      });
  if (stamped) return true;
  if (!policy::dkim_is_the_evidence(*w.platform)) return false;
  return std::any_of(w.e.signatures.begin(), w.e.signatures.end(), [&](const auto& s) {
    const std::string& d = s.domain.domain;
    return d == tenant.value || d.starts_with(tenant.value + ".");
  });
}

// Whether an identity is this name or lies below it: it is a sender's for that (spec 5).
bool is_an_identity(const World& w, const std::string& name) {
  const auto is = [&](const policy::Identity& one) {
    return one.domain == name || policy::is_below(one.domain, name);
  };
  return std::any_of(w.e.authors.begin(), w.e.authors.end(), is) ||
         std::any_of(w.e.other_identities.begin(), w.e.other_identities.end(), is) ||
         (w.e.envelope && is(*w.e.envelope));
}

// A listed tenant that the message names, or nothing. Not one that makes somebody responsible,
// who need not be asked when it is gone; not one past its date with anybody: that
// one "still counts as a listed value of its kind" (spec 5) and so refuses, as long as it
// stands there, what nobody would ask about without it.
std::optional<policy::Tenant> a_named_one(Random& r, const World& w) {
  if (w.platform == nullptr) return std::nullopt;
  std::vector<policy::Tenant> all, over;
  for (const auto& sender : w.senders) {
    for (const auto& listed : sender.tenants) {
      if (!listed.in_force(w.e.time)) over.push_back(listed.tenant);
      const bool here = listed.tenant.platform == w.platform->name;
      if (is_an_identity(w, listed.tenant.value)) continue;
      if (here && names(w, listed.tenant)) all.push_back(listed.tenant);
    }
  }
  std::erase_if(all, [&](auto& t) { return std::find(over.begin(), over.end(), t) != over.end(); });
  if (all.empty()) return std::nullopt;
  return r.of(all);
}

void expire(World& w, const policy::Tenant& tenant) {
  for (auto& sender : w.senders) {
    for (auto& listed : sender.tenants) {
      if (listed.tenant == tenant) listed.until = w.e.time;
    }
  }
}

void remove(World& w, const policy::Tenant& tenant) {
  for (auto& sender : w.senders) {
    std::erase_if(sender.tenants, [&](auto& listed) { return listed.tenant == tenant; });
  }
}

Finding without_tenant(Random& r, void (*lose)(World&, const policy::Tenant&)) {
  const World before = random_world(r);
  const Verdict was = judged(before);
  const auto tenant = a_named_one(r, before);
  if (!tenant || accepted(was) || contested(oracle::policy_of(before))) return no_matter();
  World after = before;
  lose(after, *tenant);
  const Verdict is = judged(after);
  const std::string words = "without " + tenant->to_string();
  return accepted(is) ? broken(both(words, before, was, after, is)) : holds();
}

// The mode aside, which is what a refusal does.
bool same_but_mode(Verdict a, const Verdict& b) {
  a.mode = b.mode;
  return same_in_all(a, b);
}

Finding modes_do_not_matter(Random& r) {
  World before = random_world(r);
  before.override_mode.reset();
  if (r.one_in(4)) leave_open(r, before, Known::pending);
  World after = before;
  if (r.one_in(2)) after.override_mode = Mode::monitor;
  if (!after.override_mode || r.one_in(2)) {
    after.unknown_senders = Mode::monitor;
    for (auto& sender : after.senders) sender.mode = Mode::monitor;
  }
  const Verdict was = judged(before), is = judged(after);
  // Spec 6: "an early refusal waits until the mode is settled too".
  const bool waits = is_open(before.e, Known::pending) &&
                     (was.decision == Decision::undecided || is.decision == Decision::undecided);
  if (waits) return no_matter();
  const bool refused = !accepted(was) && is.decision != Decision::undecided;
  // An internal fault is enforced whatever the senders' modes: only --mode lets it through.
  const bool by_flag = after.override_mode || is.reason == Reason::internal;
  const bool always = after.e.fault == policy::Fault::removals_limit;
  const bool expected = always    ? is.mode == Mode::enforce
                        : by_flag ? is.mode == after.override_mode.value_or(Mode::enforce)
                                  : is.mode == Mode::monitor;
  if (same_but_mode(was, is) && (!refused || expected)) return holds();
  return broken(both("modes", before, was, after, is));
}

Finding faults_are_no_acceptance(Random& r) {
  World w = random_world(r);
  w.e.fault = static_cast<policy::Fault>(1 + r.below(policy::fault_names.size() - 1));
  const Verdict v = judged(w);
  const bool fault =
      w.e.fault == policy::Fault::internal || w.e.fault == policy::Fault::policy_unavailable;
  const bool for_good =
      w.e.fault == policy::Fault::headers_refused || w.e.fault == policy::Fault::removals_limit;
  const Reason reason = fault ? Reason::internal : Reason::limit;
  const bool lenient = fault && !w.override_mode && v.mode != Mode::enforce;
  // A refusal for good is never softened into a quarantine or a tag.
  const bool softened = for_good && v.mode != Mode::enforce && v.mode != Mode::monitor;
  const Decision decision = for_good ? Decision::reject : Decision::tempfail;
  if (v.decision == decision && v.reason == reason && !lenient && !softened) return holds();
  return broken(describe(w) + "  = " + describe(v));
}

}  // namespace

TEST_CASE("hostile additions to a message never help it") {
  check("hostile", 150'000, 4, [](Random& r) { return never_more(r, hostile_changes()); });
}

TEST_CASE("a stricter policy never accepts more") {
  check("stricter", 150'000, 4, [](Random& r) { return never_more(r, stricter_changes()); });
}

TEST_CASE("a tenant that is removed or expires never lets more through") {
  check("removed", 150'000, 8, [](Random& r) { return without_tenant(r, remove); });
  check("expired", 150'000, 8, [](Random& r) { return without_tenant(r, expire); });
}

TEST_CASE("modes change what is done, never the verdict") {
  check("modes", 100'000, 2, modes_do_not_matter);
}

TEST_CASE("a fault is never an acceptance") {
  check("faults", 100'000, 1, faults_are_no_acceptance);
}

// Every reason often enough that the properties above have something to say about it.
TEST_CASE("every reason and acceptance occurs among the random cases") {
  std::map<Reason, std::size_t> seen;
  std::map<std::string, std::size_t> accepts;
  const Result all = run("reasons", 100'000, [&](Random& r) {
    const World w = random_world(r);
    const Verdict v = judged(w);
    if (v.decision == Decision::undecided) return no_matter();
    ++seen[v.reason];
    if (!accepted(v)) return holds();
    ++accepts[w.platform == nullptr ? "elsewhere" : w.platform->name];
    if (v.forwarded) ++accepts["forwarded"];
    if (v.system_mail) ++accepts["system-mail"];
    return holds();
  });
  const auto at_least = [&](const char* what, std::size_t count, std::size_t in) {
    CAPTURE(what, count, all.cases);
    CHECK(count * in >= all.cases);
  };
  for (const auto& row : policy::reasons) at_least(row.name.data(), seen[row.reason], 1000);
  at_least("acceptances", seen[Reason::none], 20);
  for (const char* what : {"microsoft365", "google", "salesforce", "acme", "elsewhere"}) {
    at_least(what, accepts[what], 500);
  }
  for (const char* what : {"forwarded", "system-mail"}) at_least(what, accepts[what], 2000);
}
