// SPDX-License-Identifier: BSD-2-Clause
#include "policy/store/platform_list.h"

#include <sysexits.h>

#include <algorithm>
#include <utility>

#include "policy/store/platform_data.h"

namespace store {

namespace {

PlatformList listed(PlatformData data, PlatformOrigin origin) {
  PlatformList list;
  for (auto& [_, platform] : read_platforms(data, list.findings))
    list.platforms.push_back({platform, origin});
  if (const Document document = parse_toml(data.text); document.root) {
    if (const Node* date = document.root->find("date")) list.date = date->text;
  }
  if (!list.findings.empty()) list.exit_code = EX_DATAERR;
  list.file = std::move(data.file);
  list.text = std::move(data.text);
  return list;
}

void add_new(PlatformList& list, const Node& changes, const policy::Snapshot& snapshot) {
  for (const Member& member : changes.members) {
    const bool is_known =
        std::any_of(list.platforms.begin(), list.platforms.end(),
                    [&](const ListedPlatform& one) { return one.platform.name == member.key; });
    const auto* platform = snapshot.platform_named(member.key);
    if (!is_known && platform != nullptr)
      list.platforms.push_back({*platform, PlatformOrigin::policy});
  }
}

}  // namespace

PlatformList built_in_platform_list() {
  return listed(built_in_platform_data(), PlatformOrigin::built_in);
}

PlatformList platform_data_list() {
  PlatformData data = platform_data();
  PlatformList built_in = built_in_platform_list();
  if (data.file == built_in.file) return built_in;
  PlatformList list = listed(std::move(data), PlatformOrigin::installed);
  for (const ListedPlatform& known : built_in.platforms) {
    for (ListedPlatform& one : list.platforms) {
      if (one.platform.name == known.platform.name && one.platform.spf.empty())
        one.platform.spf = known.platform.spf;
    }
  }
  return list;
}

PlatformList platform_text_list(std::string_view text, const std::string& file) {
  return listed({.file = file, .text = std::string(text), .fault = {}}, PlatformOrigin::installed);
}

PlatformList platforms_in_force(const std::string& policy) {
  PlatformList list = platform_data_list();
  const Loaded loaded = load(policy, {});
  if (loaded.snapshot == nullptr) {
    list.findings = loaded.findings;  // those of the platform data among them
    list.exit_code = loaded.exit_code;
    return list;
  }
  const Document document = parse_toml(loaded.source_text);
  const Node* changes = document.root ? document.root->find("platform") : nullptr;
  for (ListedPlatform& known : list.platforms) {
    if (const auto* in_force = loaded.snapshot->platform_named(known.platform.name)) {
      const auto spf = std::exchange(known.platform, *in_force).spf;
      known.platform.spf = spf;
    }
    if (changes != nullptr && changes->find(known.platform.name) != nullptr)
      known.origin = PlatformOrigin::policy;
  }
  if (changes != nullptr) add_new(list, *changes, *loaded.snapshot);
  std::sort(list.platforms.begin(), list.platforms.end(),
            [](const auto& a, const auto& b) { return a.platform.name < b.platform.name; });
  return list;
}

}  // namespace store
