// SPDX-License-Identifier: BSD-2-Clause
// What the flags and tenant-milter.conf say (spec 8), read by the daemon and by
// tenantctl. Immutable once a configuration is loaded.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "milter/evidence/resolver.h"
#include "policy/sender.h"
#include "util/log.h"

namespace evidence {

enum class ScopeKind { all, daemon, relayed };
enum class AuthResults { minimal, full, off };

struct Settings {
  std::string config_file = "/etc/tenant-milter/tenant-milter.conf";
  bool config_file_given = false;
  std::map<std::string, std::vector<std::string>> given;  // on the command line, by name
  std::string socket = "unix:/run/tenant-milter/tenant-milter.sock";
  unsigned socket_mode = 0660;
  std::string socket_group;
  std::string policy = "/etc/tenant-milter/policy.toml";
  std::chrono::hours policy_max_age{24};
  std::string user;
  bool check = false;
  bool monitor = false;  // --mode=monitor

  ScopeKind scope = ScopeKind::all;
  std::vector<std::string> daemon_names;
  std::vector<std::string> local_transports;
  std::vector<std::string> inbound_domains;

  std::string authserv_id;  // "" until the host name is put in
  AuthResults auth_results = AuthResults::minimal;
  ResolverOptions resolver;
  std::chrono::milliseconds dns_budget{20'000};
  std::string reply_url;
  std::size_t max_headers_bytes = 1024 * 1024;
  bool refuse_oversize = false;  // --oversize=reject
  std::size_t max_connections = 1000;
  std::chrono::seconds drain_timeout{30};

  util::LogTarget log_target = util::LogTarget::automatic;
  util::LogLevel log_level = util::LogLevel::info;
  std::string decision_log;
  bool log_addresses = false;
  std::string metrics;
  bool foreground = false;
  bool show_version = false;
  bool show_help = false;

  std::optional<policy::Mode> override_mode() const {
    return monitor ? std::optional(policy::Mode::monitor) : std::nullopt;
  }
};

}  // namespace evidence
