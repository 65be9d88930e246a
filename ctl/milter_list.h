// SPDX-License-Identifier: BSD-2-Clause
// The milters that a Postfix parameter lists, and times as Postfix and Sendmail write
// them. Values; pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ctl {

// "inet:HOST:PORT" or "{ inet:HOST:PORT, default_action=accept }" (Postfix 3.0).
struct Milter {
  std::string socket;
  std::vector<std::pair<std::string, std::string>> attributes;

  std::optional<std::string> attribute(std::string_view name) const;
  Milter with(std::string_view name, const std::string& value) const;
};

using Milters = std::vector<Milter>;

Milters parse_milters(std::string_view text);
// For main.cf; or without white space, for an -o in master.cf.
std::string to_text(const Milters& milters, bool is_tight);

// "30", "30s", "1m30s", "5m": seconds where no unit stands. Nothing where it is no time.
std::optional<std::chrono::seconds> parse_time(std::string_view text);

}  // namespace ctl
