// SPDX-License-Identifier: BSD-2-Clause
// What is done about a verdict (spec 6, "Modes", "Reply text"): the SMTP reply and
// the fields to be added. Pure; any thread.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "milter/evidence/field.h"
#include "milter/evidence/settings.h"
#include "policy/evidence.h"
#include "policy/verdict.h"

namespace evidence {

enum class Action { accept, reject, tempfail, quarantine, tag };
inline constexpr std::array<std::string_view, 5> action_names{"accept", "reject", "tempfail",
                                                              "quarantine", "tag"};

inline constexpr std::string_view quarantine_field = "X-Tenant-Milter-Quarantine";
inline constexpr std::string_view tag_field = "X-Tenant-Milter-Verdict";
// Every field of this prefix is ours, and forged where we have not just added it.
inline constexpr std::string_view own_field_prefix = "X-Tenant-Milter-";

// What the verdict's mode makes of it. An undecided verdict is none of its arguments.
Action action_for(const policy::Verdict& verdict);

// The text after the codes: the reason, the domain, what was seen, the URL; one line
// of printable ASCII, at most 500 bytes with the codes. '%' is not doubled here.
std::string reply_text(const policy::Verdict& verdict, const std::string& reply_url);

// "%{reason}" and "%{domain}" filled in, percent-encoded.
std::string filled_url(std::string_view url, std::string_view reason, std::string_view domain);

}  // namespace evidence
