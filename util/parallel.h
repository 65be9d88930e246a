// SPDX-License-Identifier: BSD-2-Clause
// Work in several threads at once: this one and, where they can be had, as many beside it
// as there are processors, four in all at most.
#pragma once

#include <cstddef>
#include <functional>

namespace util {

// Calls work(0) to work(count - 1), each once and about in this order, and returns when all
// are done. What one throws is thrown here, and what has not begun then is left out.
void in_parallel(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace util
