// SPDX-License-Identifier: BSD-2-Clause
// Command lines in the getopt_long manner, by CLI11; the only file pair that knows
// it. Values are taken as they stand: who asked knows what they mean.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.h"

namespace util {

struct Flag {
  char letter;                // 0 for none
  std::string_view name;      // without dashes
  std::string_view argument;  // what stands for it in a usage; "" for a switch; A|B: one of these
  bool repeatable;            // otherwise the last one counts
  std::string_view help;

  bool takes_value() const { return !argument.empty(); }
};

// Its lines in a usage: how it is spelled, and its help.
std::string usage_lines(const Flag& flag);

struct Arguments {
  std::map<std::string, std::vector<std::string>> flags;  // by name; a switch has {"yes"}
  std::vector<std::string> positional;

  bool has(const std::string& name) const { return flags.contains(name); }
  // The value, or the default where the flag was not given.
  std::string value(const std::string& name, const std::string& otherwise = "") const;
  std::vector<std::string> values(const std::string& name) const;
};

// Errors name the flag (exit code 64).
Result<Arguments> parse_arguments(const std::vector<std::string>& words,
                                  std::span<const Flag> flags, bool takes_positional);

}  // namespace util
