// SPDX-License-Identifier: BSD-2-Clause
// What a period of decisions teaches (spec 9, learn): for each author domain the ways in
// by which mail of it came, with figures, and marks for what looks like abuse. Memory is
// bounded by the distinct (author, way in, tenant). One thread.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "policy/policy.h"

namespace ctl {

// How a message came in, with what names its origin there.
struct Way {
  enum class Kind { login, network, platform };
  Kind kind = Kind::network;
  std::string login;
  std::string address;  // of a network: the client
  std::string platform;
  std::string name;        // the tenant's name: originator-org, or the d= that is the evidence
  std::string id;          // its GUID, organisation id or header value
  std::string entity;      // as it was stamped; "" where it was not
  std::string connecting;  // with HybridOnPrem: the address that handed the message in
  auto operator<=>(const Way&) const = default;

  std::string described() const;  // "microsoft365", "login app", "192.0.2.1"
  std::string tenant() const;     // name and id as they are shown; "" where none
  // By what its author can be told from others at this way in: login, address or tenant.
  std::string actor() const;
};

// Why a row is not proposed; none for one that is.
enum class Mark {
  none,
  consumer,
  blocked,
  conflict,
  replayed,
  missing,
  unknown,
  transit,
  shared,
  many_domains,
  stranger,
  burst,
  seldom,
};
struct MarkInfo {
  Mark mark;
  std::string_view name;
  std::string_view meaning;
};
inline constexpr std::array<MarkInfo, 13> marks{{
    {Mark::none, "", ""},
    {Mark::consumer, "consumer", "a tenant of consumer accounts, which anybody can have"},
    {Mark::blocked, "blocked", "the policy blocks the tenant for everybody"},
    {Mark::conflict, "conflict", "what the messages say of their tenant is malformed"},
    {Mark::replayed, "replayed",
     "copies of somebody's signed mail: signatures that came by another way before, or with "
     "another body"},
    {Mark::missing, "missing", "nothing says from which tenant it came"},
    {Mark::unknown, "unknown", "no answer of DNS had come that says whose the signatures are"},
    {Mark::transit, "transit", "the messages only passed through the tenant"},
    {Mark::shared, "shared", "an address that others send from too, or this host itself"},
    {Mark::many_domains, "many-domains",
     "it sends for many unrelated domains and nothing shows that they are its own"},
    {Mark::stranger, "stranger",
     "little of the domain's mail, or most of its own for others, and nothing shows that the "
     "domain is its own"},
    {Mark::burst, "burst", "all within a day, and nothing shows that the domain is its own"},
    {Mark::seldom, "seldom", "too few messages to tell, and nothing shows whose they are"},
}};
constexpr const MarkInfo& info(Mark mark) { return marks[static_cast<std::size_t>(mark)]; }

// How much of SPF or DKIM every message so far has met, from strict to nothing.
enum class Level { aligned_strict, aligned_relaxed, pass, off };

struct Row {
  std::string author;        // a domain
  std::string organisation;  // its organisational domain, or itself
  Way way;
  std::uint64_t messages = 0;
  std::uint64_t accepted = 0;  // by the policy of the day
  std::set<std::int64_t> days;
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::uint64_t spf_known = 0;
  std::uint64_t spf_aligned = 0;
  std::uint64_t dkim_known = 0;
  std::uint64_t dkim_aligned = 0;
  Level spf = Level::aligned_strict;  // of platforms; meaningless where nothing is known
  Level dkim = Level::aligned_strict;
  std::uint64_t evident = 0;      // messages of a platform whose tenant is known for certain
  std::uint64_t replays = 0;      // messages with an aligned signature that came otherwise before
  std::set<std::string> signers;  // verified d= below the platform's suffix
  // The domain is this actor's own: by the platform's stamp, which nobody can copy; where the
  // platform has none, and of a network, by a signature.
  bool is_proven = false;
  Mark mark = Mark::none;
};

class Learning {
 public:
  explicit Learning(policy::SnapshotPtr snapshot) : snapshot_(std::move(snapshot)) {}

  void add(const policy::Evidence& evidence, bool was_accepted);

  // The rows with their marks, by author, the most mail first.
  std::vector<Row> rows() const;
  std::uint64_t without_author() const { return without_author_; }

 private:
  policy::SnapshotPtr snapshot_;
  // Whether an aligned signature of the message has come by another way, or verified with another
  // body, before.
  bool is_replay(const policy::Evidence& evidence, const policy::Identity& author, const Way& way);

  std::map<std::pair<std::string, Way>, Row> rows_;
  std::unordered_map<std::string, std::string> signatures_;  // digest, and the first actor
  std::uint64_t without_author_ = 0;
};

// Sets is_proven and marks; `snapshot` says what is blocked.
void set_marks(std::vector<Row>& rows, const policy::Snapshot& snapshot);

}  // namespace ctl
