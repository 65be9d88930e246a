// SPDX-License-Identifier: BSD-2-Clause
// Properties of `judge` over random messages and policies (tests/unit/random): order and
// letter case do not matter, nor do threads, copies and what was judged before; a policy that
// is made by hand and one from a snapshot say the same, and so does the oracle.
#include <algorithm>
#include <thread>

#include "policy/store/snapshot.h"
#include "tests/unit/oracle/oracle.h"
#include "tests/unit/random/properties.h"

using namespace random_cases;
using policy::Decision;
using policy::Known;
using policy::Policy;
using policy::Reason;
using policy::Verdict;

namespace {

bool same_but_words(const Verdict& a, const Verdict& b) {
  return a.decision == b.decision && a.reason == b.reason && a.code == b.code && a.also == b.also &&
         a.mode == b.mode && a.forwarded == b.forwarded && a.system_mail == b.system_mail &&
         a.checks == b.checks;
}

template <class Range>
void flip_case(Random& r, Range& text) {
  for (char& c : text) {
    if (((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) && r.one_in(2)) c ^= 0x20;
  }
}

// What has no order (spec 4 to 6), in another one; what has no case, in another one.
void reorder(Random& r, World& w) {
  r.shuffle(w.e.tenant_fields);
  r.shuffle(w.e.signatures);
  r.shuffle(w.e.resent_from);
  flip_case(r, w.e.entity.value);
  flip_case(r, w.e.certificate);
  for (auto& sender : w.senders) {
    r.shuffle(sender.domains);
    r.shuffle(sender.tenants);
    r.shuffle(sender.networks);
    r.shuffle(sender.dkim_domains);
  }
}

// The policy as a snapshot makes it, of senders in any order.
policy::SnapshotPtr snapshot_of(Random& r, const World& w) {
  store::Content content;
  content.senders = w.senders;
  content.blocked.assign(w.blocked.begin(), w.blocked.end());
  content.unknown_senders = w.unknown_senders;
  if (w.platform != nullptr) content.platforms.push_back(*w.platform);
  for (const auto& other : platforms()) {
    if (std::none_of(content.platforms.begin(), content.platforms.end(),
                     [&](auto& p) { return p.name == other.name; })) {
      content.platforms.push_back(other);
    }
  }
  r.shuffle(content.senders);
  r.shuffle(content.blocked);
  r.shuffle(content.platforms);
  return store::make_snapshot(std::move(content));
}

Finding order_does_not_matter(Random& r) {
  const World before = random_world(r);
  World after = before;
  reorder(r, after);
  const Verdict was = judged(before), is = judged(after);
  return same_but_words(was, is) ? holds() : broken(both("reordered", before, was, after, is));
}

// Which of several domains is named, and so the reason, may depend on their order; whether
// the message is accepted may not.
Finding order_of_domains_does_not_matter(Random& r) {
  const World before = random_world(r);
  World after = before;
  r.shuffle(after.e.authors);
  r.shuffle(after.e.other_identities);
  const Verdict was = judged(before), is = judged(after);
  const bool same = was.decision == is.decision && (accepted(was) || was.mode == is.mode);
  return same ? holds() : broken(both("other order of domains", before, was, after, is));
}

Finding snapshot_says_the_same(Random& r) {
  const World w = random_world(r);
  const auto snapshot = snapshot_of(r, w);
  Policy p = snapshot->select(w.e);
  p.override_mode = w.override_mode;
  const Verdict by_hand = judged(w), selected = policy::judge(w.e, p);
  return same_in_all(by_hand, selected) ? holds()
                                        : broken(describe(w) + "  = " + describe(by_hand) +
                                                 "\n  by a snapshot\n  = " + describe(selected));
}

// Spec 5: a tenant past its date "allows nothing". `judge` takes nobody who lists none but such
// for a forwarder, the oracle does and refuses by his check 3.
bool is_over(const World& w, const policy::Sender* sender) {
  return std::none_of(sender->tenants.begin(), sender->tenants.end(), [&](auto& listed) {
    return listed.tenant.platform == w.platform->name && listed.in_force(w.e.time);
  });
}

Finding oracle_says_the_same(Random& r) {
  World w = random_world(r);
  if (r.one_in(3)) leave_open(r, w, Known::unavailable);
  if (is_open(w.e, Known::pending) || is_open(w.e, Known::not_asked)) return no_matter();
  const Policy p = oracle::policy_of(w);
  if (std::any_of(p.tenant_listers.begin(), p.tenant_listers.end(),
                  [&](auto* sender) { return is_over(w, sender); })) {
    return no_matter();
  }
  const Verdict is = policy::judge(w.e, p), want = oracle::expected(w.e, p);
  // Where it is open who answers, `judge` counts the modes of all who might; and where several
  // might forward it may defer what comes out the same with every answer.
  const bool open = is.checks[1] == policy::CheckState::unavailable;
  const bool deferred = open && is.reason == Reason::dns_unavailable && contested(p);
  if (deferred) return no_matter();
  const bool any_mode = accepted(is) || is.reason == Reason::dns_unavailable || open;
  const bool same = is.decision == want.decision && is.reason == want.reason &&
                    is.forwarded == want.forwarded && is.system_mail == want.system_mail &&
                    (any_mode || (is.code == want.code && is.mode == want.mode));
  return same ? holds()
              : broken(describe(w) + "  = " + describe(is) + "\n  oracle\n  = " + describe(want));
}

// Each thread judges all of them over and over in an order of its own, from copies that share
// nothing with the first.
bool judges_alike(const std::vector<World>& worlds, const std::vector<Verdict>& verdicts,
                  std::uint64_t seed) {
  Random r(seed);
  std::vector<World> copies = worlds;
  std::vector<policy::Platform> own;
  own.reserve(copies.size());
  for (auto& w : copies) {
    if (w.platform != nullptr) w.platform = &own.emplace_back(*w.platform);
  }
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < 4 * worlds.size(); ++i) order.push_back(i % worlds.size());
  r.shuffle(order);
  return std::all_of(order.begin(), order.end(), [&](std::size_t i) {
    return same_in_all(verdicts[i], judged(r.one_in(2) ? copies[i] : worlds[i]));
  });
}

Finding nothing_is_remembered(Random& r) {
  std::vector<World> worlds;
  for (int i = 0; i < 50; ++i) worlds.push_back(random_world(r));
  std::vector<Verdict> verdicts;
  for (const auto& w : worlds) verdicts.push_back(judged(w));
  std::array<char, 4> alike{};
  std::vector<std::thread> threads;
  for (char& one : alike) {
    threads.emplace_back(
        [&, seed = r.below(1'000'000)] { one = judges_alike(worlds, verdicts, seed) ? 1 : 0; });
  }
  for (auto& thread : threads) thread.join();
  const bool all = std::all_of(alike.begin(), alike.end(), [](char one) { return one != 0; });
  return all ? holds() : broken("  another verdict in another thread, order or copy");
}

}  // namespace

TEST_CASE("order and letter case do not matter") {
  check("order", 100'000, 1, order_does_not_matter);
  check("domains", 60'000, 1, order_of_domains_does_not_matter);
}

TEST_CASE("a policy from a snapshot says the same as one made by hand") {
  check("snapshot", 60'000, 1, snapshot_says_the_same);
}

TEST_CASE("the oracle says the same") { check("oracle", 100'000, 2, oracle_says_the_same); }

TEST_CASE("the verdict depends on nothing but its arguments") {
  check("pure", 300, 1, nothing_is_remembered);
}
