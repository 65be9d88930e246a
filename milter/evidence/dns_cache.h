// SPDX-License-Identifier: BSD-2-Clause
// Answers by question until their TTL is over (RFC 2308 for negative ones), in
// shards with a lock each. Bounded by bytes: what was put in longest ago goes first.
// The clock is handed in. Any thread.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>
#include <unordered_map>

#include "milter/evidence/dns.h"

namespace evidence {

class DnsCache {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit DnsCache(std::size_t max_bytes);

  // Null where nothing is known or what was known is too old.
  DnsAnswerPtr find(const Question& question, Time now) const;
  // Keeps a failure for seconds only, whatever its TTL; others an hour at most.
  void put(const Question& question, DnsAnswerPtr answer, Time now);
  std::size_t bytes() const;
  // Drops what is too old to be found. Returns the bytes that it took.
  std::size_t drop_expired(Time now);

 private:
  static constexpr std::size_t shard_count = 16;

  struct Hash {
    std::size_t operator()(const Question& question) const;
  };
  struct Entry {
    DnsAnswerPtr answer;
    Time until;
    std::size_t bytes = 0;
    std::uint64_t generation = 0;
  };
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<Question, Entry, Hash> entries;
    std::deque<std::pair<Question, std::uint64_t>> order;  // as they were put in
    std::size_t bytes = 0;
    std::uint64_t next_generation = 0;
  };

  static void shrink(Shard& shard, std::size_t limit);

  std::size_t max_shard_bytes_;
  std::array<Shard, shard_count> shards_;
};

}  // namespace evidence
