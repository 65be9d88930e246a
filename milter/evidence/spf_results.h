// SPDX-License-Identifier: BSD-2-Clause
// What SPF (RFC 7208) made of a client and a domain before, so that a busy domain costs no text
// of records. A result without macros is a function of client, domain and the answers that were
// used: one is given again only where DNS gives every one of these answers again, the same object.
// So nothing here has a lifetime of its own. Thread-safe.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "milter/evidence/dns.h"
#include "policy/evidence.h"
#include "policy/network.h"

namespace evidence {

class SpfResults {
 public:
  // The questions of an evaluation in their order, with the answers.
  using Asked = std::vector<std::pair<Question, DnsAnswerPtr>>;
  struct Key {
    policy::Address client;
    std::string domain;
    bool operator==(const Key&) const = default;
  };

  // Asks `dns` what the evaluation has asked.
  std::optional<policy::Spf> find(const Key& key, MessageDns& dns) const;
  // One with large answers, or many, is not kept.
  void put(const Key& key, const policy::Spf& spf, Asked asked);

 private:
  struct Entry {
    policy::Spf spf;
    Asked asked;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const;
  };
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<Key, std::shared_ptr<const Entry>, Hash> entries;
  };
  static constexpr std::size_t shard_count = 16;
  std::array<Shard, shard_count> shards_;
};

}  // namespace evidence
