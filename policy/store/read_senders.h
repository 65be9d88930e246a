// SPDX-License-Identifier: BSD-2-Clause
// Senders and defaults as the policy file writes them, with the place of each
// value (spec 5). Internal to policy/store/.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "policy/store/reader.h"

namespace store {

// Keys that may differ by platform; empty where they are not written.
struct SettingsDraft {
  std::optional<policy::Requirement> spf;
  std::optional<policy::Alignment> spf_alignment;
  std::optional<policy::Requirement> dkim;
  std::optional<policy::Alignment> dkim_alignment;
  std::optional<policy::Entities> entities;
};

// Keys that a sender and [defaults] share.
struct CommonDraft {
  std::optional<policy::Mode> mode;
  std::optional<bool> subdomains;
  std::optional<policy::TenantEvidence> tenant_evidence;
  std::optional<policy::Forwarding> forwarding;
  SettingsDraft settings;
  std::map<std::string, SettingsDraft> by_platform;
};

struct NetworkEntry {
  policy::Network network;
  bool shared_ok = false;
};

struct SenderDraft {
  Place at;  // of its name, or of the table where it has none
  std::string name;
  CommonDraft common;
  std::vector<Placed<std::string>> domains;
  std::vector<Placed<policy::ListedTenant>> tenants;
  std::vector<Placed<NetworkEntry>> networks;
  std::vector<Placed<std::string>> logins;
  std::vector<Placed<std::string>> dkim_domains;
  std::vector<Placed<policy::Network>> hybrid_sources;
  std::vector<Placed<std::string>> delegates;
};

CommonDraft read_defaults(Reader& reader, const Node& table, const Platforms& platforms);
SenderDraft read_sender(Reader& reader, const Node& table, const Platforms& platforms);

// The sender in force: each key from `sender.platform.X`, else the sender, else
// `defaults.platform.X`, else [defaults], else what is built in.
policy::Sender resolved(SenderDraft&& draft, const CommonDraft& defaults);

}  // namespace store
