// SPDX-License-Identifier: BSD-2-Clause
// The data of DNS records, from their wire form (RFC 1035 3.2.1; uncompressed) to the form
// that dns.h describes: the same whoever answers. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "milter/evidence/dns.h"

namespace evidence {

// A name in presentation form (RFC 1035 5.1), lower case. Every byte that no host name has
// is \DDD, a dot inside a label too: so a name has one form, and each dot in it parts two
// labels. Nothing where it does not end inside the bytes.
std::optional<std::string> presented_name(std::string_view wire);

// Adds one record's data to the answer; a malformed record is left out.
void add_record(DnsAnswer& answer, RecordType type, std::string_view rdata);

}  // namespace evidence
