// SPDX-License-Identifier: BSD-2-Clause
// What looks like abuse in what was learned.
#include <algorithm>
#include <limits>
#include <map>
#include <string_view>

#include "ctl/learned.h"
#include "policy/domain.h"

namespace ctl {

namespace {

// Microsoft's tenant of consumer accounts: its GUID, and what its X-OriginatorOrg ends with.
constexpr std::string_view consumer_guid = "84df9e7f-e9f6-40af-b435-aaaaaaaaaaaa";
constexpr std::string_view consumer_suffix = ".templatetenant";

constexpr std::size_t many_families = 4;
constexpr std::uint64_t few_messages = 3;
constexpr std::uint64_t burst_messages = 20;
constexpr std::int64_t seconds_a_day = 86400;
constexpr std::int64_t days_to_tell = 3;  // of a log, before a single day says anything
constexpr double little = 0.1;            // of a domain's mail
constexpr double many_replays = 0.1;      // of an actor's mail for a domain
constexpr double most = 0.9;              // of an actor's mail that has to be aligned

bool is_shared(const std::string& address) {
  const auto parsed = policy::Address::parse(address);
  return !parsed || policy::relay_pool().contains(*parsed) ||
         policy::reaches_host({*parsed, parsed->bits()});
}

bool is_consumer(const Way& way) {
  return way.id == consumer_guid || way.name.ends_with(consumer_suffix);
}

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

// What only the domain's owner can have. On a platform SPF shows nothing: the record authorises the
// platform, whoever sends from it. Nor does a signature, where the platform stamps the tenant:
// whoever has one signed message can send it again, through a tenant of his own.
bool is_proven(const Row& row, const policy::Snapshot& snapshot) {
  const Way& way = row.way;
  const bool is_signed = share(row.dkim_aligned, row.messages) >= most;
  if (way.kind == Way::Kind::login) return is_signed;
  if (way.kind == Way::Kind::network)
    return is_signed || share(row.spf_aligned, row.messages) >= most;
  const policy::Platform* const platform = snapshot.platform_named(way.platform);
  if (is_signed && platform != nullptr && policy::dkim_is_the_evidence(*platform)) return true;
  return !way.name.empty() &&
         (way.name == row.organisation || policy::is_below(way.name, row.organisation));
}

bool is_blocked(const Way& way, const policy::Snapshot& snapshot) {
  const auto& blocked = snapshot.blocked_tenants();
  return way.kind == Way::Kind::platform &&
         std::any_of(blocked.begin(), blocked.end(), [&](const policy::Tenant& tenant) {
           return tenant.platform == way.platform &&
                  (tenant.value == way.id || tenant.value == way.name);
         });
}

// What brands of one organisation have in common: contoso.com, contoso.co.uk, contoso-shop.com.
std::string family_of(const std::string& organisation) {
  return organisation.substr(0, organisation.find_first_of(".-"));
}

struct Actor {
  std::set<std::string> unproven;  // families, as many as are looked at
  std::string main;                // the organisation that it sends most for
  std::uint64_t messages_for_main = 0;
};

struct Organisation {
  std::uint64_t messages = 0;
  std::uint64_t largest = 0;  // of one way in
};

class Marker {
 public:
  Marker(std::vector<Row>& rows, const policy::Snapshot& snapshot)
      : rows_(rows), snapshot_(snapshot) {}

  void mark() {
    for (Row& row : rows_) row.is_proven = row.mark == Mark::none && ctl::is_proven(row, snapshot_);
    for (Row& row : rows_) {
      if (row.mark == Mark::none) row.mark = by_itself(row);
      measure(row);
    }
    for (Row& row : rows_) {
      if (row.mark == Mark::none && !row.is_proven) row.mark = by_company(row);
    }
  }

 private:
  Mark by_itself(const Row& row) const {
    if (is_consumer(row.way)) return Mark::consumer;
    if (row.way.kind == Way::Kind::platform && row.evident == 0) return Mark::unknown;
    if (is_blocked(row.way, snapshot_)) return Mark::blocked;
    if (!row.is_proven && share(row.replays, row.messages) >= many_replays) return Mark::replayed;
    if (row.way.kind == Way::Kind::network && is_shared(row.way.address)) return Mark::shared;
    return Mark::none;
  }

  void measure(const Row& row) {
    first_ = std::min(first_, row.first);
    last_ = std::max(last_, row.last);
    Actor& actor = actors_[row.way.actor()];
    if (row.messages > actor.messages_for_main) {
      actor.main = row.organisation;
      actor.messages_for_main = row.messages;
    }
    if (!row.is_proven && actor.unproven.size() < many_families)
      actor.unproven.insert(family_of(row.organisation));
    if (row.mark != Mark::none) return;
    Organisation& organisation = organisations_[row.organisation];
    organisation.messages += row.messages;
    organisation.largest = std::max(organisation.largest, row.messages);
  }

  Mark by_company(const Row& row) const {
    const Actor& actor = actors_.at(row.way.actor());
    if (actor.unproven.size() >= many_families) return Mark::many_domains;
    const Organisation& organisation = organisations_.at(row.organisation);
    const bool is_for_others =
        actor.main != row.organisation && row.messages < organisation.largest;
    // A login was given to somebody by hand, however little he sends.
    const bool is_little =
        row.way.kind != Way::Kind::login && share(row.messages, organisation.messages) < little;
    if (is_for_others || is_little) return Mark::stranger;
    const bool is_long = last_ - first_ >= days_to_tell * seconds_a_day;
    if (is_long && row.messages >= burst_messages && row.last - row.first < seconds_a_day)
      return Mark::burst;
    if (row.messages < few_messages || (is_long && row.days.size() == 1)) return Mark::seldom;
    return Mark::none;
  }

  std::vector<Row>& rows_;
  const policy::Snapshot& snapshot_;
  std::map<std::string, Actor> actors_;
  std::map<std::string, Organisation> organisations_;  // by rows without a mark of their own
  std::int64_t first_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t last_ = std::numeric_limits<std::int64_t>::min();
};

}  // namespace

void set_marks(std::vector<Row>& rows, const policy::Snapshot& snapshot) {
  Marker(rows, snapshot).mark();
}

}  // namespace ctl
