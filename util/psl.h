// SPDX-License-Identifier: BSD-2-Clause
// The public suffix list by libpsl; the only file pair that knows it. Names are
// canonical (A-labels, lower case). Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace util {

enum class SuffixPart { none, icann, private_part };

// Whether the name itself is a public suffix, and of which part of the list. A
// single label that the list does not know counts as icann (the list's rule "*").
SuffixPart public_suffix_part(const std::string& name);

// Whether a name may end in this label: it is a top-level domain by the list, or one for special
// use (RFC 6761, 6762, 9476). A label that nobody has delegated is none.
bool is_top_level_domain(const std::string& label);

// The organisational domain (RFC 7489 3.2): the public suffix and one label, with
// `extra` names ("*.NAME": every name one label below NAME) counted as suffixes too. "" where the
// name is a suffix itself.
std::string organisational_domain(std::string_view name, const std::vector<std::string>& extra);

}  // namespace util
