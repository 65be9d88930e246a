// SPDX-License-Identifier: BSD-2-Clause
// Two policies compared by what they mean.
#include <algorithm>
#include <map>
#include <set>

#include "policy/store/describe.h"
#include "util/format.h"

namespace store {

namespace {

using util::format;

using Values = std::vector<std::string>;

class Comparison {
 public:
  std::vector<std::string> take() { return std::move(lines_); }

  void words(const std::string& what, const std::string& a, const std::string& b) {
    if (a != b) lines_.push_back(format("{}: {} -> {}", what, a, b));
  }

  // Lists are sets: their order means nothing.
  void lists(const std::string& what, const Values& a, const Values& b) {
    const std::set<std::string> before(a.begin(), a.end());
    const std::set<std::string> after(b.begin(), b.end());
    for (const std::string& one : before) {
      if (!after.contains(one)) lines_.push_back(format("{}: - {}", what, one));
    }
    for (const std::string& one : after) {
      if (!before.contains(one)) lines_.push_back(format("{}: + {}", what, one));
    }
  }

  void senders(const policy::Sender& a, const policy::Sender& b) {
    std::map<std::pair<std::string, std::string>, std::pair<Values, Values>> by_key;
    std::set<std::string> list_keys;
    auto gather = [&](const policy::Sender& sender, auto half) {
      for (const DescribedKey& key : described(sender)) {
        if (key.is_list) list_keys.insert(key.key);
        by_key[{key.platform, key.key}].*half = key.values;
      }
    };
    using Both = std::pair<Values, Values>;
    gather(with_platforms_of(a, b), &Both::first);
    gather(with_platforms_of(b, a), &Both::second);
    for (const auto& [name, both] : by_key) {
      const auto& [platform, key] = name;
      const std::string what = platform.empty()
                                   ? format("{}: {}", a.name, key)
                                   : format("{}: platform.{}.{}", a.name, platform, key);
      if (list_keys.contains(key))
        lists(what, both.first, both.second);
      else
        words(what, both.first.front(), both.second.front());
    }
  }

  void add(std::string line) { lines_.push_back(std::move(line)); }

 private:
  // A platform that only the other names has the sender's own settings here.
  static policy::Sender with_platforms_of(policy::Sender sender, const policy::Sender& other) {
    for (const auto& [platform, _] : other.platform_settings)
      sender.platform_settings.try_emplace(platform, sender.settings);
    return sender;
  }

  std::vector<std::string> lines_;
};

void compare_senders(Comparison& comparison, const policy::Snapshot& a, const policy::Snapshot& b) {
  std::map<std::string, std::pair<const policy::Sender*, const policy::Sender*>> by_name;
  for (const policy::Sender& sender : a.senders()) by_name[sender.name].first = &sender;
  for (const policy::Sender& sender : b.senders()) by_name[sender.name].second = &sender;
  for (const auto& [name, both] : by_name) {
    if (both.first == nullptr)
      comparison.add(format("{}: a new sender", name));
    else if (both.second == nullptr)
      comparison.add(format("{}: no longer a sender", name));
    else
      comparison.senders(*both.first, *both.second);
  }
}

// A platform's meaning as words.
Values values_of(const policy::Platform& platform) {
  Values values;
  for (const policy::Network& network : platform.networks)
    values.push_back("network " + network.to_string());
  values.push_back(format("client-certificate \"{}\"", platform.client_certificate));
  values.push_back(format("tenant-header \"{}\"", platform.tenant_header));
  values.push_back(format("tenant-dkim-suffix \"{}\"", platform.dkim_suffix));
  values.push_back(format("dkim-max-age {} s", platform.dkim_max_age.count()));
  return values;
}

void compare_platforms(Comparison& comparison, const policy::Snapshot& a,
                       const policy::Snapshot& b) {
  std::map<std::string, std::pair<Values, Values>> by_name;
  for (const policy::Platform& one : a.platforms()) by_name[one.name].first = values_of(one);
  for (const policy::Platform& one : b.platforms()) by_name[one.name].second = values_of(one);
  for (const auto& [name, both] : by_name)
    comparison.lists("platform " + name, both.first, both.second);
}

}  // namespace

std::vector<std::string> differences(const policy::Snapshot& a, const policy::Snapshot& b) {
  Comparison comparison;
  auto blocked = [](const policy::Snapshot& snapshot) {
    Values values;
    for (const policy::Tenant& tenant : snapshot.blocked_tenants())
      values.push_back(tenant.to_string());
    return values;
  };
  comparison.words("unknown-senders", std::string(name_of(a.unknown_senders(), policy::mode_names)),
                   std::string(name_of(b.unknown_senders(), policy::mode_names)));
  comparison.lists("blocked-tenants", blocked(a), blocked(b));
  compare_platforms(comparison, a, b);
  compare_senders(comparison, a, b);
  return comparison.take();
}

}  // namespace store
