// SPDX-License-Identifier: BSD-2-Clause
#include "policy/store/describe.h"

#include <algorithm>
#include <chrono>

#include "policy/store/document.h"
#include "util/format.h"

namespace store {

namespace {

using policy::name_of;
using util::format;

std::string text_of(const policy::ListedTenant& listed) {
  std::string text = listed.tenant.to_string();
  if (listed.until) text += " until " + last_day(*listed.until);
  if (!listed.note.empty()) text += " (" + listed.note + ")";
  return text;
}

template <class T, class Text>
DescribedKey list(std::string key, const std::vector<T>& values, Text text) {
  DescribedKey described{.key = std::move(key), .is_list = true};
  for (const T& value : values) {
    std::string one = text(value);
    // A name that stands for a header value too is listed under both kinds.
    if (std::find(described.values.begin(), described.values.end(), one) == described.values.end())
      described.values.push_back(std::move(one));
  }
  return described;
}

DescribedKey word(std::string key, std::string_view value) {
  return {.key = std::move(key), .values = {std::string(value)}};
}

void add_settings(std::vector<DescribedKey>& keys, const policy::PlatformSettings& settings,
                  const std::string& platform) {
  const std::size_t first = keys.size();
  keys.push_back(word("spf", name_of(settings.spf, policy::requirement_names)));
  keys.push_back(word("spf-alignment", name_of(settings.spf_alignment, policy::alignment_names)));
  keys.push_back(word("dkim", name_of(settings.dkim, policy::requirement_names)));
  keys.push_back(word("dkim-alignment", name_of(settings.dkim_alignment, policy::alignment_names)));
  DescribedKey entities{.key = "entities", .is_list = true};
  for (std::size_t i = 0; i < policy::entity_names.size(); ++i) {
    if (settings.entities.test(i)) entities.values.emplace_back(policy::entity_names[i]);
  }
  keys.push_back(std::move(entities));
  for (std::size_t i = first; i < keys.size(); ++i) keys[i].platform = platform;
}

const std::string& itself(const std::string& text) { return text; }

const Node* inside(const Node* node, std::string_view key) {
  return node == nullptr ? nullptr : node->find(key);
}

// The order in which read_senders.cc looks for a value.
const Node* origin_of(const DescribedKey& key, const Node* sender, const Node* defaults) {
  for (const Node* table : {sender, defaults}) {
    if (!key.platform.empty()) {
      const Node* settings = inside(inside(table, "platform"), key.platform);
      if (const Node* found = inside(settings, key.key)) return found;
    }
    if (const Node* found = inside(table, key.key)) return found;
  }
  return nullptr;
}

}  // namespace

std::string last_day(std::int64_t until) {
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(
      std::chrono::sys_seconds(std::chrono::seconds(until - 1))));
  return format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

std::vector<DescribedKey> described(const policy::Sender& sender) {
  auto network = [](const policy::Network& one) { return one.to_string(); };
  std::vector<DescribedKey> keys;
  keys.push_back(word("name", sender.name));
  keys.push_back(list("domains", sender.domains, itself));
  keys.push_back(word("subdomains", sender.subdomains ? "true" : "false"));
  keys.push_back(list("tenants", sender.tenants, text_of));
  keys.push_back(list("networks", sender.networks, network));
  keys.push_back(list("logins", sender.logins, itself));
  keys.push_back(word("mode", name_of(sender.mode, policy::mode_names)));
  add_settings(keys, sender.settings, "");
  keys.push_back(list("dkim-domains", sender.dkim_domains, itself));
  keys.push_back(list("hybrid-sources", sender.hybrid_sources, network));
  keys.push_back(
      word("tenant-evidence", name_of(sender.tenant_evidence, policy::tenant_evidence_names)));
  keys.push_back(word("forwarding", name_of(sender.forwarding, policy::forwarding_names)));
  keys.push_back(list("delegates", sender.delegates, itself));
  for (const auto& [platform, settings] : sender.platform_settings)
    add_settings(keys, settings, platform);
  return keys;
}

std::vector<DescribedKey> in_force(const policy::Sender& sender, const std::string& text,
                                   const std::string& file) {
  std::vector<DescribedKey> keys = described(sender);
  const Document document = parse_toml(text);
  const Node* table = sender_node(*document.root, sender.name);
  const Node* defaults = document.root->find("defaults");
  for (DescribedKey& key : keys) {
    const Node* origin = origin_of(key, table, defaults);
    key.source = origin == nullptr ? "built in" : format("{}:{}", file, origin->at.line);
  }
  return keys;
}

}  // namespace store
