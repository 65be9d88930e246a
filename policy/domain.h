// SPDX-License-Identifier: BSD-2-Clause
// Domain names in canonical form: A-labels, lower case, no trailing dot
// (spec 4, "Canonical forms"). Pure; U-labels are turned into A-labels before
// this module sees them (util/idna).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace policy {

// The canonical form of an ASCII name, or nothing: an empty label (a trailing
// dot is one), a label over 63 or a name over 253 octets, a byte that is no
// letter, digit, hyphen or underscore (RFC 1035 2.3.4; RFC 2181 11).
std::optional<std::string> canonical_domain(std::string_view ascii);

// Whether `name` lies below `parent`; both canonical. No name is below itself.
bool is_below(std::string_view name, std::string_view parent);

// The parent of a canonical name, "" for one label.
std::string_view parent_of(std::string_view name);

}  // namespace policy
