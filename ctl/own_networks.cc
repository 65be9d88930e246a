// SPDX-License-Identifier: BSD-2-Clause
#include "ctl/own_networks.h"

#include <algorithm>

#include "policy/store/store.h"
#include "util/format.h"

namespace ctl {

namespace {

using policy::Network;
using policy::Platform;
using util::format;

constexpr int widest_v4 = 24;
constexpr int widest_v6 = 48;

std::string overlap(const Network& network, const std::vector<Platform>& platforms) {
  for (const Platform& platform : platforms) {
    for (const Network& shared : platform.networks) {
      if (network.overlaps(shared))
        return format("which overlaps {} of the platform {}", shared.to_string(), platform.name);
    }
  }
  return "";
}

// What the check of a policy refuses, in its words.
void check(std::vector<OwnNetwork>& networks) {
  std::string text =
      "version = 1\n[[sender]]\nname = \"a\"\ndomains = [\"a.example\"]\nnetworks = [\n";
  const auto first_line = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  for (const OwnNetwork& one : networks) text += format("\"{}\",\n", one.network.to_string());
  for (const store::Finding& finding : store::load_toml(text + "]\n", "", {}).findings) {
    if (finding.severity != store::Finding::Severity::error || finding.line < first_line) continue;
    const std::size_t index = finding.line - first_line;
    if (index >= networks.size() || !networks[index].problem.empty()) continue;
    const std::string repeated = networks[index].network.to_string() + ", ";
    networks[index].problem =
        finding.found.substr(finding.found.starts_with(repeated) ? repeated.size() : 0);
  }
}

}  // namespace

std::vector<OwnNetwork> own_networks(const SpfTree& tree, const std::vector<Platform>& platforms) {
  std::vector<OwnNetwork> own;
  for (const SpfNetwork& one : tree.networks) {
    const bool is_known = std::any_of(own.begin(), own.end(), [&](const OwnNetwork& other) {
      return other.network == one.network;
    });
    if (one.is_own && !is_known) own.push_back({one.network, overlap(one.network, platforms)});
  }
  if (!own.empty()) check(own);
  for (OwnNetwork& one : own) {
    const int widest = one.network.base().is_v4() ? widest_v4 : widest_v6;
    if (one.problem.empty() && one.network.prefix() < widest)
      one.problem = format("which is wider than /{}: who sends from there?", widest);
  }
  return own;
}

}  // namespace ctl
