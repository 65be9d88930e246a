// SPDX-License-Identifier: BSD-2-Clause
// What dns_query and spf_query share: their flags, and lines of xtext (RFC 3461 4)
// fields between tabs, which carry any byte.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "milter/evidence/dns.h"

namespace query {

// A resolver as --nameserver ADDR@PORT, --timeout SECONDS and --cache-bytes N ask
// for it; nothing, and a word on standard error, where they are wrong.
std::unique_ptr<evidence::Resolver> resolver_of(int count, char** words);

// The decoded fields of the next line of standard input; nothing at its end. A
// malformed line ends the program: the test that wrote it is wrong.
std::optional<std::vector<std::string>> read_fields();

std::string encoded(std::string_view field);

}  // namespace query
