// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/dns_cache.h"

#include <algorithm>

namespace evidence {

namespace {

constexpr std::uint32_t max_ttl = 3600;
constexpr std::uint32_t failure_ttl = 5;
constexpr std::size_t entry_overhead = 256;  // map node, order entry, control block, about

std::uint32_t kept_for(const DnsAnswer& answer) {
  if (answer.outcome == DnsAnswer::Outcome::failure) return failure_ttl;
  return std::min(answer.ttl, max_ttl);
}

std::size_t size_of(const Question& question, const DnsAnswer& answer) {
  std::size_t bytes = entry_overhead + 2 * question.name.size() + sizeof answer;
  for (const std::string& data : answer.data) bytes += sizeof data + data.size();
  return bytes + answer.preferences.size() * sizeof(std::uint16_t);
}

}  // namespace

std::size_t DnsCache::Hash::operator()(const Question& question) const {
  return std::hash<std::string>{}(question.name) * 31 + static_cast<std::size_t>(question.type);
}

DnsCache::DnsCache(std::size_t max_bytes) : max_shard_bytes_(max_bytes / shard_count) {}

DnsAnswerPtr DnsCache::find(const Question& question, Time now) const {
  const Shard& shard = shards_[Hash{}(question) % shard_count];
  std::lock_guard lock(shard.mutex);
  const auto found = shard.entries.find(question);
  if (found == shard.entries.end() || found->second.until <= now) return nullptr;
  return found->second.answer;
}

void DnsCache::put(const Question& question, DnsAnswerPtr answer, Time now) {
  const std::uint32_t seconds = kept_for(*answer);
  if (seconds == 0) return;
  const std::size_t bytes = size_of(question, *answer);
  if (bytes > max_shard_bytes_) return;
  Shard& shard = shards_[Hash{}(question) % shard_count];
  std::lock_guard lock(shard.mutex);
  Entry& entry = shard.entries[question];
  shard.bytes = shard.bytes - entry.bytes + bytes;
  entry = {std::move(answer), now + std::chrono::seconds(seconds), bytes, ++shard.next_generation};
  shard.order.emplace_back(question, entry.generation);
  shrink(shard, max_shard_bytes_);
}

// An entry that was put in again has a younger generation: its older place in the
// order is passed over.
void DnsCache::shrink(Shard& shard, std::size_t limit) {
  const bool is_littered = shard.order.size() > 2 * shard.entries.size() + 64;
  while (!shard.order.empty() && (shard.bytes > limit || is_littered)) {
    const auto& [question, generation] = shard.order.front();
    const auto found = shard.entries.find(question);
    const bool is_current = found != shard.entries.end() && found->second.generation == generation;
    if (is_current && shard.bytes <= limit) break;
    if (is_current) {
      shard.bytes -= found->second.bytes;
      shard.entries.erase(found);
    }
    shard.order.pop_front();
  }
}

std::size_t DnsCache::drop_expired(Time now) {
  std::size_t dropped = 0;
  for (Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    const std::size_t before = shard.bytes;
    std::erase_if(shard.entries, [&](const auto& entry) {
      if (entry.second.until > now) return false;
      shard.bytes -= entry.second.bytes;
      return true;
    });
    std::erase_if(shard.order, [&](const auto& place) {
      const auto entry = shard.entries.find(place.first);
      return entry == shard.entries.end() || entry->second.generation != place.second;
    });
    shard.order.shrink_to_fit();
    dropped += before - shard.bytes;
  }
  return dropped;
}

std::size_t DnsCache::bytes() const {
  std::size_t sum = 0;
  for (const Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    sum += shard.bytes;
  }
  return sum;
}

}  // namespace evidence
