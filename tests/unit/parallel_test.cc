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

TEST_CASE("parts have each one once, in numbered order") {
  for (const std::size_t count : {0, 1, 999, 1000, 1001, 2500}) {
    std::vector<int> done(count);
    std::vector<util::Part> parts(util::parts_of(count));
    util::in_parts(count, [&](const util::Part& part) {
      parts[part.number] = part;
      for (std::size_t i = part.begin; i < part.end; ++i) ++done[i];
    });
    for (const int one : done) CHECK(one == 1);
    std::size_t end = 0;
    for (const util::Part& part : parts) {
      CHECK(part.begin == end);
      end = part.end;
    }
    CHECK(end == count);
  }
}
