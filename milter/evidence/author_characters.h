// SPDX-License-Identifier: BSD-2-Clause
// Characters of Unicode that an author field may not have, where a person or a program would
// read another address than the grammar gives (spec 6). For the author parser alone. Pure; any
// thread.
#pragma once

#include <string>
#include <string_view>

namespace evidence {

// The fault of an unfolded field's characters: controls, ends of lines, bytes that are no
// UTF-8. "" where there is none.
std::string character_fault(std::string_view text);

// Whether a local part shows another address than it is: it has a character that changes the
// direction of the text, that is not seen, or that looks like a special of ASCII (a full-width @).
bool has_misleading_character(std::string_view local_part);

}  // namespace evidence
