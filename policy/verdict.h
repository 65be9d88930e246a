// SPDX-License-Identifier: BSD-2-Clause
// What `judge` answers (spec 6).
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "policy/reasons.h"
#include "policy/sender.h"

namespace policy {

inline constexpr std::size_t check_count = 11;

// The checks by name, in their order: the index plus one is the number in the log.
inline constexpr std::array<std::string_view, check_count> check_names{"author",
                                                                       "sender",
                                                                       "origin",
                                                                       "tenant-present",
                                                                       "tenant-consistent",
                                                                       "tenant-not-blocked",
                                                                       "tenant-listed",
                                                                       "entity",
                                                                       "spf",
                                                                       "dkim",
                                                                       "signatures"};

enum class CheckState { not_run, pass, fail, pending, unavailable };
inline constexpr std::array<std::string_view, 5> check_state_names{"not-run", "pass", "fail",
                                                                   "pending", "unavailable"};

// `undecided` while something is pending that could change the decision, its
// reason or its mode.
enum class Decision { accept, reject, tempfail, undecided };
inline constexpr std::array<std::string_view, 4> decision_names{"accept", "reject", "tempfail",
                                                                "undecided"};

struct Verdict {
  Decision decision = Decision::undecided;
  Reason reason = Reason::none;
  ReplyCode code;              // for reject and tempfail
  Reason also = Reason::none;  // the second reason of 5.7.26
  std::string identity;        // the domain that failed
  std::string seen;            // what was seen, in words
  Mode mode = Mode::enforce;   // what a refusal does, or would have done
  bool forwarded = false;
  bool system_mail = false;
  std::array<CheckState, check_count> checks{};
  std::vector<std::string> senders;  // responsible ones, by name
};

}  // namespace policy
