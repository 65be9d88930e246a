// SPDX-License-Identifier: BSD-2-Clause
// The commands of tenantctl (spec 9): one command, one file, one row in the table that
// drives the command line, --help, the completions and the manual. Exit codes of
// sysexits.h, and the command's own.
#pragma once

#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "milter/evidence/settings.h"
#include "util/arguments.h"
#include "util/result.h"

namespace ctl {

inline constexpr int exit_found = 1;  // what the command looks for, or warns of, is there
inline constexpr int exit_usage = 64;
inline constexpr int exit_data = 65;
inline constexpr int exit_no_input = 66;
inline constexpr int exit_unavailable = 69;
inline constexpr int exit_software = 70;
inline constexpr int exit_cannot_write = 73;
inline constexpr int exit_tempfail = 75;
inline constexpr int exit_config = 78;

using Words = std::vector<std::string>;

// How many operands a command takes, and how a usage names them.
struct Operands {
  std::string_view names;
  std::size_t least = 0;
  std::size_t most = std::numeric_limits<std::size_t>::max();
};

struct Command {
  std::string_view name;  // one word or two
  Operands operands;
  std::string_view required_flags;  // as the usage shows them
  std::span<const util::Flag> flags;
  std::string_view help;     // one line
  std::string_view manual;   // more sentences, or ""
  std::string_view example;  // a command line; a test runs it
  int (*run)(const util::Arguments& arguments);
};

// Of every list.
inline constexpr util::Flag json_flag{0, "json", "", false, "Print JSON, for programs."};

extern const Command allow_command;
extern const Command block_command;
extern const Command check_command;
extern const Command completion_command;
extern const Command discover_command;
extern const Command doctor_command;
extern const Command explain_command;
extern const Command indicators_command;
extern const Command learn_command;
extern const Command ping_command;
extern const Command platforms_command;
extern const Command policy_check_command;
extern const Command policy_diff_command;
extern const Command policy_show_command;
extern const Command policy_status_command;
extern const Command report_command;
extern const Command revoke_command;
extern const Command sender_add_command;
extern const Command sender_remove_command;
extern const Command senders_command;
extern const Command simulate_command;
extern const Command unblock_command;
extern const Command version_command;

// All of them, by name.
std::span<const Command* const> commands();

// The flags that every command takes beside its own: -c, -P and -h.
std::span<const util::Flag> common_flags();
// A command's own, then those.
std::vector<util::Flag> all_flags(const Command& command);

std::string usage();
std::string usage(const Command& command);

// The whole program: `words` without its name. Gives the exit code.
int run(const Words& words);

// The daemon's own configuration, under -c and -P.
util::Result<evidence::Settings> daemon_settings(const util::Arguments& arguments);

// Says an error on stderr and gives its exit code.
int failed(const util::Error& error);

}  // namespace ctl
