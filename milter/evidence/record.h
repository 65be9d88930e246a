// SPDX-License-Identifier: BSD-2-Clause
// The decision log's record (spec 10): one JSON object a message, with all that
// `judge` was given, so that a logged decision can be judged again. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "milter/evidence/reply.h"
#include "policy/evidence.h"
#include "policy/verdict.h"
#include "util/json.h"
#include "util/json_reader.h"

namespace evidence {

inline constexpr std::int64_t record_schema = 1;

struct Decided {
  std::string queue_id;
  std::string stage;                             // "headers" or "message"
  std::string sender_address;                    // with --log-addresses only
  std::vector<std::string> recipient_addresses;  // the same
  policy::Verdict verdict;
  Action action = Action::accept;
};

util::Json to_record(const Decided& decided, const policy::Evidence& evidence);

// The evidence of a record: judged under the same policy it gives the same verdict.
// Nothing where the object is no record of this schema.
std::optional<policy::Evidence> evidence_of(const util::JsonValue& record);
// The same over an old one, whose memory is used again; false for nothing.
bool read_evidence(const util::JsonValue& record, policy::Evidence& evidence);

// RFC 3339, UTC, whole seconds.
std::string rfc3339(std::int64_t time);
// The day of it, YYYY-MM-DD.
std::string date_of(std::int64_t time);
std::optional<std::int64_t> from_rfc3339(std::string_view text);

}  // namespace evidence
