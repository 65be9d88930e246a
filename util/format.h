// SPDX-License-Identifier: BSD-2-Clause
// Formatting. The one place that includes fmt.
#pragma once

#include <fmt/format.h>

namespace util {
using fmt::format;
}  // namespace util
