// SPDX-License-Identifier: BSD-2-Clause
// What Sendmail makes of an address field (tried: 8.17). It writes each anew on the way
// out: an address that is longer than its buffer is cut, in its domain if need be, and a
// name with a dot or an apostrophe is put into quotes without a thought for the
// backslashes in it, so that the name ends early and the rest is an address. Such a field
// would not leave as it was judged. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace evidence {

// The fault of a field that the author parser has taken; "" where its addresses stay.
std::string rewriting_fault(std::string_view body);

}  // namespace evidence
