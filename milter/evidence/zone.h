// SPDX-License-Identifier: BSD-2-Clause
// A resolver that knows the zone text of one file (RFC 1035 5.1) and nothing else: every
// other name does not exist. Names without origin are absolute. Aliases are followed,
// wildcards are the nearest existing parent's (RFC 4592). Answers at once; any thread.
// Parsed by libldns; the only file pair that knows it.
#pragma once

#include <memory>
#include <string>

#include "milter/evidence/dns.h"
#include "util/result.h"

namespace evidence {

// Errors name the file, and FILE:LINE where its text is wrong: no such file (66), not
// readable or no zone text (65).
util::Result<std::unique_ptr<Resolver>> make_zone_resolver(const std::string& path);

}  // namespace evidence
