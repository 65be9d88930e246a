// SPDX-License-Identifier: BSD-2-Clause
// Work in several threads at once: this one and, where they can be had, as many beside it
// as there are processors, four in all at most.
#pragma once

#include <cstddef>
#include <functional>

namespace util {

// That this process may use, one at least.
std::size_t processors();

// Calls work(0) to work(count - 1), each once and about in this order, and returns when all
// are done. What one throws is thrown here, and what has not begun then is left out.
void in_parallel(std::size_t count, const std::function<void(std::size_t)>& work);

// The same for very many small ones, a part of them at a time: from `begin` to before `end`, in
// the part of this number, the first being 0.
struct Part {
  std::size_t number, begin, end;
};
std::size_t parts_of(std::size_t count);
void in_parts(std::size_t count, const std::function<void(const Part&)>& work);

}  // namespace util
