// SPDX-License-Identifier: BSD-2-Clause
#include "util/crypto_memory.h"

#include <openssl/crypto.h>

#include <cstdlib>
#include <utility>

namespace util {

namespace {

thread_local bool is_out_of_memory = false;

void* noted(void* memory, std::size_t size) noexcept {
  if (memory == nullptr && size != 0) is_out_of_memory = true;
  return memory;
}

// OpenSSL takes them only before its first allocation.
[[maybe_unused]] const bool are_set =
    CRYPTO_set_mem_functions([](std::size_t size, const char*, int) { return noted_malloc(size); },
                             [](void* old, std::size_t size, const char*, int) {
                               return noted(std::realloc(old, size), size);
                             },
                             [](void* memory, const char*, int) { noted_free(memory); }) == 1;

}  // namespace

void* noted_malloc(std::size_t size) noexcept { return noted(std::malloc(size), size); }

void noted_free(void* memory) noexcept { std::free(memory); }

bool take_out_of_memory() noexcept { return std::exchange(is_out_of_memory, false); }

}  // namespace util
