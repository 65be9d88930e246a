// SPDX-License-Identifier: BSD-2-Clause
// Internationalised names (UTS 46, IDNA 2008) by libidn2; the only file pair that
// knows it. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace util {

inline constexpr std::string_view ace_prefix = "xn--";  // of an A-label (RFC 5890 2.3.2.1)

// The A-label form, lower case, of a UTF-8 or ASCII name without trailing dot.
// Nothing where the name is malformed (empty or over-long label, bad UTF-8,
// disallowed code point, A-label that is not the one of its U-label), or where UTS 46
// mapping would change it, the case of ASCII letters aside: letters are never mapped
// into others (spec 4).
std::optional<std::string> a_labels(std::string_view name);

// The form in which a name is looked up and compared: ASCII as it stands, in lower case,
// whatever IDNA says of it; else its A-labels.
std::optional<std::string> lookup_form(std::string_view name);

}  // namespace util
