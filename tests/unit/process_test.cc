// SPDX-License-Identifier: BSD-2-Clause
// util/process: what a program said and how it ended, whatever its words hold.
#include "util/process.h"

#include <catch2/catch.hpp>

TEST_CASE("what a program writes is kept apart, however much it is") {
  const auto ended = util::run_program(
      {"/bin/sh", "-c", "head -c 200000 /dev/zero >&2; head -c 300000 /dev/zero; cat; exit 3"});
  REQUIRE(ended);
  CHECK(ended->output.size() == 300'000);
  CHECK(ended->errors.size() == 200'000);
  CHECK(ended->status == 3);
}

TEST_CASE("a word is a word: no shell reads it") {
  const auto ended = util::run_program({"/bin/echo", "$HOME; `id` *", "", "a  b"});
  REQUIRE(ended);
  CHECK(ended->output == "$HOME; `id` *  a  b\n");
  CHECK(ended->status == 0);
}

TEST_CASE("a signal that ends a program is told as a shell tells it") {
  const auto ended = util::run_program({"/bin/sh", "-c", "kill -TERM $$"});
  REQUIRE(ended);
  CHECK(ended->status == 128 + 15);
}

TEST_CASE("a program that is not there is an error") {
  CHECK_FALSE(util::run_program({"/nonexistent/program"}));
  CHECK(util::find_program("nonexistent-program", {"/bin"}).empty());
  CHECK_FALSE(util::find_program("sh", {}).empty());
}
