// SPDX-License-Identifier: BSD-2-Clause
#include "ctl/daemon.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <thread>

#include "ctl/command.h"
#include "util/format.h"

namespace ctl {

namespace {

using util::Error;
using util::format;

constexpr std::chrono::seconds patience{60};
constexpr std::chrono::milliseconds between_looks{20};

}  // namespace

util::Result<evidence::DaemonStatus> running_daemon(const evidence::Settings& settings) {
  auto status = evidence::find_daemon(settings.socket, settings.user);
  if (status) return *status;
  const char* who = ::geteuid() == 0 ? "" : " that this user may look at";
  return Error{format("{}: no daemon{} serves it on this host", settings.socket, who),
               exit_unavailable};
}

int reload_daemon(const evidence::Settings& settings) {
  const auto before = running_daemon(settings);
  if (!before) return failed(before.error());
  if (::kill(before->pid, SIGHUP) != 0)
    return failed({format("process {} can't be signalled: {}", before->pid, std::strerror(errno)),
                   exit_unavailable});
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < deadline) {
    const auto now = evidence::find_daemon(settings.socket, settings.user);
    if (now && now->reloads > before->reloads) {
      if (!now->refused.empty())
        return failed({format("the daemon keeps policy {}: {}", now->revision, now->refused),
                       exit_unavailable});
      return std::printf("reloaded: policy %s is in force\n", now->revision.c_str()) < 0;
    }
    std::this_thread::sleep_for(between_looks);
  }
  return failed(
      {format("process {} has not reloaded within {} seconds", before->pid, patience.count()),
       exit_unavailable});
}

}  // namespace ctl
