// SPDX-License-Identifier: BSD-2-Clause
// The options table (spec 8): one row a flag drives the command line, the
// configuration file, --help and the manual. Linked by the daemon and tenantctl.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "milter/evidence/settings.h"
#include "util/arguments.h"
#include "util/result.h"

namespace evidence {

struct Option {
  char letter;                // 0 for none
  std::string_view name;      // without dashes; also the key in the file
  std::string_view argument;  // "" for a switch, which the file sets to yes or no
  std::string_view standard;  // the default, as the manual says it
  bool repeatable;            // several flags, or several lines, add up
  bool in_file;               // may stand in the configuration file
  bool reloadable;            // SIGHUP takes a new value
  std::string_view help;
  // Puts a value in. The error names what was expected; the caller names the place.
  util::Status (*apply)(Settings& settings, std::string_view value);
};

std::span<const Option> options();
// One, and all of them, as the command line reads them.
util::Flag flag_of(const Option& option);
std::vector<util::Flag> flags();
const Option* option_named(std::string_view name);

// Command line over configuration file over defaults. Errors: a faulty flag (64), an
// unreadable (66) or faulty (78) configuration file with its line, a combination
// that can't work (78).
util::Result<Settings> read_settings(int argc, const char* const* argv);

// For SIGHUP: what the configuration file says now of the options that are reloadable
// and were not set on the command line. On an error nothing is changed.
util::Status reread_settings(Settings& settings);

// The lines of a configuration file. `file` stands in the errors.
util::Status apply_config_text(Settings& settings, std::string_view text, const std::string& file);

std::string help_text();

}  // namespace evidence
