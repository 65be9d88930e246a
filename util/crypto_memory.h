// SPDX-License-Identifier: BSD-2-Clause
// Whether OpenSSL, or a library that is given these functions, found no memory: not all of
// them say so, and what could not be computed must not count as what was found to be wrong.
// Linked in, OpenSSL allocates by these. Each thread has its own answer.
#pragma once

#include <cstddef>

namespace util {

// As malloc and free; a failure is remembered.
void* noted_malloc(std::size_t size) noexcept;
void noted_free(void* memory) noexcept;

// Whether an allocation has failed in this thread since this was asked last.
bool take_out_of_memory() noexcept;

}  // namespace util
