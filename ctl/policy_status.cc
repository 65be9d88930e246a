// SPDX-License-Identifier: BSD-2-Clause
// tenantctl policy status: what the daemon has loaded, against what the source says now.
#include <cstdio>
#include <ctime>

#include "ctl/command.h"
#include "ctl/daemon.h"
#include "milter/evidence/record.h"
#include "policy/store/store.h"
#include "util/format.h"
#include "util/json.h"

namespace ctl {

namespace {

using util::format;

std::string age(std::int64_t seconds) {
  if (seconds < 120) return format("{} seconds", seconds);
  if (seconds < 7200) return format("{} minutes", seconds / 60);
  if (seconds < 172800) return format("{} hours", seconds / 3600);
  return format("{} days", seconds / 86400);
}

struct Compared {
  evidence::DaemonStatus daemon;
  std::string source;    // as the configuration has it
  std::string revision;  // of the source now; "" where it has an error
  std::string fault;
};

// The source that the configuration names is read, and no other: what a process says that it serves
// could be any file.
Compared compared(const evidence::DaemonStatus& daemon, const std::string& source) {
  Compared result{.daemon = daemon, .source = source, .revision = {}, .fault = {}};
  const store::Loaded loaded = store::load(source, {.time = std::time(nullptr)});
  if (loaded.snapshot != nullptr)
    result.revision = loaded.snapshot->revision();
  else
    result.fault = loaded.findings.front().to_string();
  return result;
}

std::string advice(const Compared& now) {
  if (now.source != now.daemon.policy)
    return "the daemon serves another source, " + now.daemon.policy;
  if (!now.fault.empty()) return "has an error, so a reload would leave the old: " + now.fault;
  if (now.revision == now.daemon.revision) return "in force";
  return format("revision {}, not in force: reload the daemon", now.revision);
}

void print(const Compared& now) {
  const evidence::DaemonStatus& daemon = now.daemon;
  std::printf("daemon    process %d, version %s, %s\n", daemon.pid, daemon.version.c_str(),
              daemon.socket.c_str());
  std::printf("revision  %s, %lld senders\n", daemon.revision.c_str(),
              static_cast<long long>(daemon.senders));
  std::printf("loaded    %s, %s ago\n", evidence::rfc3339(daemon.loaded_at).c_str(),
              age(std::time(nullptr) - daemon.loaded_at).c_str());
  if (!daemon.refused.empty())
    std::printf("reload    the last one left the old policy: %s\n", daemon.refused.c_str());
  std::printf("source    %s: %s\n", now.source.c_str(), advice(now).c_str());
}

util::Json to_json(const Compared& now) {
  const evidence::DaemonStatus& daemon = now.daemon;
  return util::Json::object()
      .set("pid", std::int64_t{daemon.pid})
      .set("version", daemon.version)
      .set("socket", daemon.socket)
      .set("policy", daemon.policy)
      .set("revision", daemon.revision)
      .set("loaded_at", evidence::rfc3339(daemon.loaded_at))
      .set("age", std::time(nullptr) - daemon.loaded_at)
      .set("senders", daemon.senders)
      .set("refused", daemon.refused)
      .set("source", now.source)
      .set("source_revision", now.revision)
      .set("source_fault", now.fault)
      .set("in_force", now.source == daemon.policy && now.revision == daemon.revision);
}

int policy_status(const util::Arguments& arguments) {
  const auto settings = daemon_settings(arguments);
  if (!settings) return failed(settings.error());
  const auto daemon = running_daemon(*settings);
  if (!daemon) return failed(daemon.error());
  const Compared now = compared(*daemon, settings->policy);
  if (arguments.has("json")) return std::printf("%s\n", to_json(now).pretty().c_str()) < 0;
  print(now);
  return 0;
}

constexpr util::Flag flags[] = {json_flag};

}  // namespace

constexpr Command policy_status_command{
    .name = "policy status",
    .operands = {"", 0, 0},
    .required_flags = "",
    .flags = flags,
    .help = "Print the policy in force in the daemon, its age, and whether the source differs.",
    .manual =
        "Asks the daemon that serves the configured socket on this host: as root, or as the "
        "daemon's user. Exit 69 where there is none.",
    .example = "tenantctl policy status",
    .run = policy_status,
};

}  // namespace ctl
