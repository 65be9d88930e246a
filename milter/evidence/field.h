// SPDX-License-Identifier: BSD-2-Clause
// A header field as the MTA gave it (RFC 5322 2.2).
#pragma once

#include <string>
#include <string_view>

#include "util/text.h"

namespace evidence {

// `value` is what stands after the colon, with its leading white space and with
// folds as LF or CRLF and white space.
struct HeaderField {
  std::string name;
  std::string value;
};

// Field names are compared without case, white space before the colon ignored.
inline bool is_field(const HeaderField& field, std::string_view name) {
  return util::ascii_iequals(util::trimmed(field.name), name);
}

}  // namespace evidence
