// SPDX-License-Identifier: BSD-2-Clause
// SHA-256 by libcrypto; the only file pair that knows it. Any thread.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace util {

// The first 16 hexadecimal digits of the SHA-256 of a text: a name for a version.
std::string short_digest(std::string_view text);
// The same of texts joined.
std::string short_digest(std::initializer_list<std::string_view> texts);

}  // namespace util
