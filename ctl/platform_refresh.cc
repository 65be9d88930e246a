// SPDX-License-Identifier: BSD-2-Clause
#include "ctl/platform_refresh.h"

#include <algorithm>
#include <map>

#include "ctl/command.h"
#include "ctl/spf_tree.h"
#include "ctl/table.h"
#include "ctl/waiting_dns.h"
#include "util/format.h"
#include "util/text.h"

namespace ctl {

namespace {

using policy::Network;
using policy::Platform;
using store::ListedPlatform;
using store::PlatformList;
using util::Error;
using util::format;

using Networks = std::vector<Network>;

constexpr std::size_t widest_line = 96;

bool contains(const Networks& networks, const Network& network) {
  return std::find(networks.begin(), networks.end(), network) != networks.end();
}

const ListedPlatform* named(const std::vector<ListedPlatform>& list, const std::string& name) {
  const auto found = std::find_if(list.begin(), list.end(), [&](const ListedPlatform& one) {
    return one.platform.name == name;
  });
  return found == list.end() ? nullptr : &*found;
}

void add_differences(const Platform& before, const Platform& after,
                     std::vector<std::string>& lines) {
  auto add = [&](std::string_view what, const std::string& was, const std::string& is) {
    if (was != is) lines.push_back(format("{}: {} \"{}\", was \"{}\"", after.name, what, is, was));
  };
  for (const Network& one : before.networks) {
    if (!contains(after.networks, one))
      lines.push_back(format("{}: removed {}", after.name, one.to_string()));
  }
  for (const Network& one : after.networks) {
    if (!contains(before.networks, one))
      lines.push_back(format("{}: added {}", after.name, one.to_string()));
  }
  add("kind", std::string(policy::name_of(before.kind, policy::platform_kind_names)),
      std::string(policy::name_of(after.kind, policy::platform_kind_names)));
  add("spf", joined(before.spf, ", "), joined(after.spf, ", "));
  add("client-certificate", before.client_certificate, after.client_certificate);
  add("tenant-header", before.tenant_header, after.tenant_header);
  add("tenant-dkim-suffix", before.dkim_suffix, after.dkim_suffix);
  add("dkim-max-age", format("{} s", before.dkim_max_age.count()),
      format("{} s", after.dkim_max_age.count()));
}

// What the records of these names let pass.
util::Result<Networks> published(const Platform& platform, evidence::Resolver& resolver,
                                 std::chrono::milliseconds budget) {
  WaitingDns dns(resolver, budget);
  Networks networks;
  for (const std::string& name : platform.spf) {
    const SpfTree tree =
        read_spf_tree(name, [&](const evidence::Question& one) { return dns.answer(one); });
    if (!tree.failures.empty())
      return Error{format("platforms: {}: DNS gave no answer to TXT {}", platform.name,
                          util::shown(tree.failures.front(), 255)),
                   exit_tempfail};
    for (const SpfNode& node : tree.nodes) {
      if (!node.problem.empty())
        return Error{format("platforms: {}: TXT {}: {}", platform.name,
                            util::shown(node.domain, 255), util::shown(node.problem, 255)),
                     exit_data};
    }
    for (const SpfNetwork& one : tree.networks) {
      if (!contains(networks, one.network)) networks.push_back(one.network);
    }
  }
  if (networks.empty())
    return Error{format("platforms: {}: the SPF record of {} has no network", platform.name,
                        joined(platform.spf, ", ")),
                 exit_data};
  return networks;
}

// What stays in its order, then what is new; IPv4 first.
Networks merged(const Networks& before, const Networks& today) {
  Networks networks;
  for (const Network& one : before) {
    if (contains(today, one)) networks.push_back(one);
  }
  for (const Network& one : today) {
    if (!contains(networks, one)) networks.push_back(one);
  }
  std::stable_partition(networks.begin(), networks.end(),
                        [](const Network& one) { return one.base().is_v4(); });
  return networks;
}

std::string networks_text(const Networks& networks) {
  std::string text = "networks = [\n";
  std::string line;
  bool is_v4 = true;
  auto end_line = [&] {
    if (!line.empty()) text += format(" {}\n", line);
    line.clear();
  };
  for (const Network& one : networks) {
    const std::string item = format(" \"{}\",", one.to_string());
    if (one.base().is_v4() != is_v4 || line.size() + item.size() > widest_line) end_line();
    is_v4 = one.base().is_v4();
    line += item;
  }
  end_line();
  return text + "]\n";
}

bool is_key(std::string_view line, std::string_view key) {
  const std::string_view text = util::trimmed(line);
  return text.starts_with(key) && util::trimmed(text.substr(key.size())).starts_with('=');
}

// "NAME" of a line "[platform.NAME]", else "".
std::string header_of(std::string_view line) {
  constexpr std::string_view before = "[platform.";
  const std::string_view text = util::trimmed(line);
  const auto end = text.find(']');
  if (!text.starts_with(before) || end == std::string_view::npos) return "";
  return std::string(text.substr(before.size(), end - before.size()));
}

// The text with this date and other networks of these platforms.
class Rewriting {
 public:
  Rewriting(const PlatformList& list, std::string_view date,
            const std::map<std::string, Networks>& changes)
      : list_(list), date_(date), changes_(changes) {}

  std::string run() {
    std::string_view text = list_.text;
    while (!text.empty()) {
      const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
      add(text.substr(0, end));
      text.remove_prefix(end);
    }
    return std::move(text_);
  }

 private:
  void add(std::string_view line) {
    if (is_skipped_) {
      is_skipped_ = line.find(']') == std::string_view::npos;
      return;
    }
    if (util::trimmed(line).starts_with('[')) begin(line);
    const auto change = changes_.find(platform_);
    if (platform_.empty() && is_key(line, "date")) {
      text_ += format("date = {}\n", date_);
    } else if (change != changes_.end() && is_key(line, "networks")) {
      is_skipped_ = line.find(']') == std::string_view::npos;
      text_ += networks_text(change->second);
    } else {
      text_ += line;
    }
    if (is_first_ && change != changes_.end()) text_ += networks_text(change->second);
    is_first_ = false;
  }

  void begin(std::string_view line) {
    platform_ = header_of(line);
    const ListedPlatform* listed = named(list_.platforms, platform_);
    is_first_ = listed != nullptr && listed->platform.networks.empty();
  }

  const PlatformList& list_;
  const std::string_view date_;
  const std::map<std::string, Networks>& changes_;
  std::string text_;
  std::string platform_;     // in whose table it is
  bool is_first_ = false;    // at the head of a table that has no networks
  bool is_skipped_ = false;  // in the old networks
};

}  // namespace

std::vector<std::string> differences(const std::vector<ListedPlatform>& before,
                                     const std::vector<ListedPlatform>& after) {
  std::vector<std::string> lines;
  for (const auto& [platform, _] : before) {
    if (named(after, platform.name) == nullptr)
      lines.push_back(format("{}: removed", platform.name));
  }
  for (const auto& [platform, _] : after) {
    if (const ListedPlatform* was = named(before, platform.name))
      add_differences(was->platform, platform, lines);
    else
      lines.push_back(format("{}: added", platform.name));
  }
  return lines;
}

util::Result<PlatformList> refreshed(const PlatformList& list, std::string_view date,
                                     evidence::Resolver& resolver,
                                     std::chrono::milliseconds budget) {
  std::map<std::string, Networks> changes;
  std::vector<ListedPlatform> expected = list.platforms;
  for (auto& [platform, _] : expected) {
    if (platform.spf.empty()) continue;
    const auto today = published(platform, resolver, budget);
    if (!today) return today.error();
    Networks networks = merged(platform.networks, *today);
    if (networks == platform.networks) continue;
    platform.networks = networks;
    changes.emplace(platform.name, std::move(networks));
  }
  PlatformList result = store::platform_text_list(Rewriting(list, date, changes).run(), list.file);
  for (auto& [platform, _] : result.platforms) {
    if (const ListedPlatform* one = named(expected, platform.name); platform.spf.empty() && one)
      platform.spf = one->platform.spf;
  }
  if (!result.findings.empty() || result.date != date ||
      !differences(expected, result.platforms).empty())
    return Error{format("platforms: {}: found a layout that can't be rewritten, expected that of "
                        "the file as it is packaged",
                        list.file),
                 exit_data};
  return result;
}

}  // namespace ctl
