// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/spf_results.h"

#include <functional>
#include <string_view>

namespace evidence {

namespace {

// 16 MiB of answers at most, where the cache of DNS has dropped them all.
constexpr std::size_t max_shard_entries = 256;
constexpr std::size_t max_answers_bytes = 4096;
constexpr std::size_t max_questions = 20;

bool is_small(const SpfResults::Asked& asked) {
  std::size_t bytes = 0;
  for (const auto& [question, answer] : asked) {
    bytes += question.name.size();
    for (const std::string& data : answer->data) bytes += data.size();
  }
  return asked.size() <= max_questions && bytes <= max_answers_bytes;
}

}  // namespace

std::size_t SpfResults::Hash::operator()(const Key& key) const {
  const auto& octets = key.client.octets();
  const std::string_view address(reinterpret_cast<const char*>(octets.data()), octets.size());
  const std::hash<std::string_view> hash;
  return hash(address) * 31 + hash(key.domain);
}

std::optional<policy::Spf> SpfResults::find(const Key& key, MessageDns& dns) const {
  const Shard& shard = shards_[Hash{}(key) % shard_count];
  std::shared_ptr<const Entry> entry;
  {
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.entries.find(key);
    if (found == shard.entries.end()) return std::nullopt;
    entry = found->second;
  }
  for (const auto& [question, answer] : entry->asked) {
    if (dns.ask(question) != answer) return std::nullopt;
  }
  return entry->spf;
}

void SpfResults::put(const Key& key, const policy::Spf& spf, Asked asked) {
  if (!is_small(asked)) return;
  auto entry = std::make_shared<const Entry>(Entry{spf, std::move(asked)});
  Shard& shard = shards_[Hash{}(key) % shard_count];
  const std::lock_guard lock(shard.mutex);
  // Those that are busy are soon back.
  if (shard.entries.size() >= max_shard_entries) shard.entries.clear();
  shard.entries[key] = std::move(entry);
}

}  // namespace evidence
