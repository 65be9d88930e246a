// SPDX-License-Identifier: BSD-2-Clause
// util/parallel: each once, and no fault is lost.
#include "util/parallel.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <new>

TEST_CASE("each is done once, however many there are") {
  for (const std::size_t count : {0, 1, 2, 3, 1000}) {
    std::vector<std::atomic<int>> done(count);
    util::in_parallel(count, [&](std::size_t i) { ++done[i]; });
    for (const auto& one : done) CHECK(one == 1);
  }
}

TEST_CASE("a fault of any is thrown") {
  const auto work = [](std::size_t i) {
    if (i == 5) throw std::bad_alloc();
  };
  CHECK_THROWS_AS(util::in_parallel(6, work), std::bad_alloc);
  CHECK_THROWS_AS(util::in_parallel(1'000'000, work), std::bad_alloc);
}
