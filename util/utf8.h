// SPDX-License-Identifier: BSD-2-Clause
// UTF-8 (RFC 3629), read strictly. Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace util {

// The code point that begins at `at`, which must be below the text's size; steps over it.
// Nothing where the bytes are no UTF-8 (overlong and surrogate forms are none).
std::optional<char32_t> next_code_point(std::string_view text, std::size_t& at);

}  // namespace util
