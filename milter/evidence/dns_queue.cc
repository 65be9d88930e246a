// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/dns_queue.h"

#include <algorithm>

namespace evidence {

namespace {

// The largest shares of all questions: of those that are wanted alone, and of one client's.
constexpr std::size_t wanted_share = 2;
constexpr std::array<std::size_t, 2> client_share{8, 4};  // by need: wanted, needed

// While the library has so many of a need, it is given no orphans.
constexpr std::size_t max_orphans = DnsQueue::max_handed / 4;

}  // namespace

DnsQueue::DnsQueue(std::size_t most) : most_(most) {}

bool DnsQueue::has_room(const Asker& asker) const {
  if (entries_.size() >= most_) return false;
  const std::size_t need = index(asker.need);
  if (asker.need == Asker::Need::wanted && counts_[need] >= most_ / wanted_share) return false;
  const auto client = clients_.find(asker.client);
  // A single message may always ask.
  const std::size_t share = std::max(most_ / client_share[need], MessageDns::max_open);
  return asker.client == 0 || client == clients_.end() || client->second[need] < share;
}

void DnsQueue::count(const Asker& asker, bool is_more) {
  const std::size_t need = index(asker.need);
  auto change = [&](std::size_t& number) { is_more ? ++number : --number; };
  Counts& client = clients_[asker.client];
  change(client[need]);
  change(counts_[need]);
  if (client == Counts{}) clients_.erase(asker.client);
}

// It stands in the line of the wanted ones too, where it is passed over.
void DnsQueue::raise(Entries::value_type& node) {
  Entry& entry = node.second;
  if (entry.is_handed) return;
  lines_[index(Asker::Need::needed)].push_back(node.first);
  count(entry.asker, false);
  entry.asker.need = Asker::Need::needed;
  count(entry.asker, true);
}

DnsQueue::FlightPtr DnsQueue::find(const Question& question, const Asker& asker) {
  const auto known = entries_.find(question);
  if (known == entries_.end()) return nullptr;
  const bool is_more_needed = index(asker.need) > index(known->second.asker.need);
  if (is_more_needed) raise(*known);
  return known->second.flight;
}

DnsQueue::FlightPtr DnsQueue::add(const Question& question, const Asker& asker,
                                  Clock::time_point deadline) {
  if (!has_room(asker)) drop_orphans();
  if (!has_room(asker)) return nullptr;
  auto flight = std::make_shared<Flight>();
  clients_[asker.client];  // what needs memory comes first
  lines_[index(asker.need)].push_back(question);
  const auto [added, _] =
      entries_.emplace(question, Entry{.flight = flight, .asker = asker, .deadline = deadline});
  try {
    added->second.place = by_deadline_.insert(by_deadline_.end(), &added->first);
  } catch (...) {
    entries_.erase(added);
    throw;
  }
  count(asker, true);
  return flight;
}

DnsQueue::Entries::iterator DnsQueue::erase(Entries::iterator entry) {
  if (!entry->second.is_late) by_deadline_.erase(entry->second.place);
  count(entry->second.asker, false);
  if (entry->second.is_handed) --handed_[index(entry->second.asker.need)];
  return entries_.erase(entry);
}

void DnsQueue::drop_orphans() {
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const bool is_gone = !entry->second.is_handed && is_orphan(entry->second);
    entry = is_gone ? erase(entry) : std::next(entry);
  }
  for (std::deque<Question>& line : lines_)
    std::erase_if(line, [&](const Question& one) { return !entries_.contains(one); });
}

const Question* DnsQueue::next_of(Asker::Need need) {
  std::deque<Question>& line = lines_[index(need)];
  while (!line.empty()) {
    const auto entry = entries_.find(line.front());
    line.pop_front();
    if (entry == entries_.end() || entry->second.is_handed || entry->second.asker.need != need)
      continue;
    // An orphan's answer serves the next who asks, where there is room to spare.
    if (is_orphan(entry->second) && handed_[index(need)] >= max_orphans) {
      erase(entry);
      continue;
    }
    entry->second.is_handed = true;
    ++handed_[index(need)];
    return &entry->first;
  }
  return nullptr;
}

const Question* DnsQueue::next() {
  const std::size_t wanted = handed_[index(Asker::Need::wanted)];
  const std::size_t needed = handed_[index(Asker::Need::needed)];
  if (wanted + needed >= max_handed) return nullptr;
  if (const Question* const next = next_of(Asker::Need::needed)) return next;
  return wanted < max_handed / wanted_share ? next_of(Asker::Need::wanted) : nullptr;
}

DnsQueue::FlightPtr DnsQueue::finish(const Question& question) {
  const auto entry = entries_.find(question);
  if (entry == entries_.end()) return nullptr;
  FlightPtr flight = entry->second.flight;
  erase(entry);
  return flight;
}

std::optional<DnsQueue::Clock::time_point> DnsQueue::first_deadline() const {
  if (by_deadline_.empty()) return std::nullopt;
  return entries_.find(*by_deadline_.front())->second.deadline;
}

std::optional<DnsQueue::Late> DnsQueue::take_late(Clock::time_point now) {
  if (by_deadline_.empty()) return std::nullopt;
  const auto first = entries_.find(*by_deadline_.front());
  Entry& entry = first->second;
  if (entry.deadline > now) return std::nullopt;
  const bool is_orphan_now = is_orphan(entry);  // before the flight is held here
  Late late{.flight = entry.flight,
            .question = first->first,
            .was_handed = entry.is_handed,
            .is_orphan = is_orphan_now};
  if (entry.is_handed) {
    by_deadline_.pop_front();
    entry.is_late = true;
  } else {
    erase(first);
  }
  return late;
}

std::vector<DnsQueue::FlightPtr> DnsQueue::flights() const {
  std::vector<FlightPtr> all;
  for (const auto& [question, entry] : entries_) all.push_back(entry.flight);
  return all;
}

}  // namespace evidence
