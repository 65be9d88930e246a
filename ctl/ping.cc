// SPDX-License-Identifier: BSD-2-Clause
// tenantctl ping: whether the daemon lives, for health checks.
#include <cstdio>

#include "ctl/command.h"
#include "milter/evidence/liveness.h"

namespace ctl {

namespace {

constexpr std::chrono::seconds patience{5};

constexpr util::Flag flags[] = {
    {0, "socket", "SPEC", false, "Another socket than that of the configuration file."},
};

int ping(const util::Arguments& arguments) {
  const auto settings = daemon_settings(arguments);
  if (!settings) return failed(settings.error());
  const std::string socket = arguments.value("socket", settings->socket);
  if (const util::Status alive = evidence::answers(socket, patience); !alive)
    return failed(alive.error());
  return std::printf("%s: answers\n", socket.c_str()) < 0;
}

}  // namespace

constexpr Command ping_command{
    .name = "ping",
    .operands = {"", 0, 0},
    .required_flags = "",
    .flags = flags,
    .help = "Tell whether the daemon answers on its socket.",
    .manual =
        "It is negotiated with as an MTA does, within five seconds; no message is begun. "
        "Exit 0 where it answers, 69 where it does not.",
    .example = "tenantctl ping",
    .run = ping,
};

}  // namespace ctl
