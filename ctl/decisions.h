// SPDX-License-Identifier: BSD-2-Clause
// Decision logs read from end to end (spec 10): plain, gzip, zstd, or "-" for standard
// input. A broken line is said with its number, counted and left out; a log of another
// schema is refused by name.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "policy/evidence.h"
#include "util/arguments.h"
#include "util/json_reader.h"
#include "util/result.h"

namespace ctl {

struct ReadCounts {
  std::uint64_t decisions = 0;
  std::uint64_t broken = 0;  // lines; and files that end in damaged data
};

// The record is gone after the call.
using UseDecision =
    std::function<void(const util::JsonValue& record, const policy::Evidence& evidence)>;

// Errors: no such file (66), can't be read, or another schema (65).
util::Result<ReadCounts> read_decisions(const std::vector<std::string>& files,
                                        const UseDecision& use);

// The files that were given behind the first `skipped` operands, else --decision-log of the
// configuration. Errors: neither (64).
util::Result<std::vector<std::string>> decision_files(const util::Arguments& arguments,
                                                      std::size_t skipped);

// Whether a sender of this name answered for the message.
bool is_about(const util::JsonValue& record, const std::string& sender);

// "; N broken lines were left out", or "".
std::string broken_note(const ReadCounts& counts);

}  // namespace ctl
