// SPDX-License-Identifier: BSD-2-Clause
// milter/evidence/dns_cache: how long answers are kept, and how many.
#include "milter/evidence/dns_cache.h"

#include <catch2/catch.hpp>

using evidence::DnsAnswer;
using evidence::DnsCache;
using evidence::Question;
using evidence::RecordType;
using Outcome = DnsAnswer::Outcome;
using namespace std::chrono_literals;

namespace {

const DnsCache::Time start{1000h};

evidence::DnsAnswerPtr answer(Outcome outcome, std::uint32_t ttl, std::string data = "x") {
  auto made = std::make_shared<DnsAnswer>();
  made->outcome = outcome;
  made->ttl = ttl;
  if (outcome == Outcome::records) made->data.push_back(std::move(data));
  return made;
}

Question text_of(int number) {
  return {"n" + std::to_string(number) + ".example", RecordType::txt};
}

int found(const DnsCache& cache, int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) sum += cache.find(text_of(i), start) != nullptr;
  return sum;
}

}  // namespace

TEST_CASE("an answer is kept for its time to live, an hour at most") {
  struct Case {
    Outcome outcome;
    std::uint32_t ttl;
    std::chrono::seconds kept;
  };
  const auto [outcome, ttl, kept] =
      GENERATE(Case{Outcome::records, 300, 300s}, Case{Outcome::no_data, 60, 60s},
               Case{Outcome::no_such_name, 60, 60s}, Case{Outcome::records, 86400, 3600s},
               Case{Outcome::no_such_name, 4294967295, 3600s}, Case{Outcome::failure, 0, 5s},
               Case{Outcome::failure, 3600, 5s});
  DnsCache cache(1 << 20);
  const auto held = answer(outcome, ttl);
  cache.put(text_of(1), held, start);
  CAPTURE(static_cast<int>(outcome), ttl);
  CHECK(cache.find(text_of(1), start) == held);
  CHECK(cache.find(text_of(1), start + kept - 1ns) == held);
  CHECK(cache.find(text_of(1), start + kept) == nullptr);
}

TEST_CASE("nothing is kept without a time to live") {
  DnsCache cache(1 << 20);
  cache.put(text_of(1), answer(Outcome::records, 0), start);
  CHECK(cache.find(text_of(1), start) == nullptr);
  CHECK(cache.bytes() == 0);
}

TEST_CASE("questions differ by name and type") {
  DnsCache cache(1 << 20);
  cache.put(text_of(1), answer(Outcome::records, 60), start);
  CHECK(cache.find(text_of(2), start) == nullptr);
  CHECK(cache.find({text_of(1).name, RecordType::a}, start) == nullptr);
}

TEST_CASE("a younger answer takes the place of an older one") {
  DnsCache cache(1 << 20);
  cache.put(text_of(1), answer(Outcome::records, 60, "old"), start);
  const auto bytes = cache.bytes();
  cache.put(text_of(1), answer(Outcome::records, 60, "new"), start + 10s);
  const auto held = cache.find(text_of(1), start + 65s);
  REQUIRE(held);
  CHECK(held->data == std::vector<std::string>{"new"});
  CHECK(cache.bytes() == bytes);
}

TEST_CASE("the size is bounded, and what is oldest goes first") {
  constexpr std::size_t limit = 256 * 1024;
  constexpr int count = 5000;
  DnsCache cache(limit);
  for (int i = 0; i < count; ++i) {
    cache.put(text_of(i), answer(Outcome::records, 60, std::string(200, 'x')), start);
    CHECK(cache.bytes() <= limit);
    CHECK(cache.find(text_of(i), start) != nullptr);
  }
  CHECK(cache.find(text_of(0), start) == nullptr);
  CHECK(found(cache, count) > 200);
  CHECK(found(cache, count / 2) == 0);
}

TEST_CASE("an answer larger than its share is not kept and drives nothing out") {
  DnsCache cache(64 * 1024);
  cache.put(text_of(1), answer(Outcome::records, 60), start);
  cache.put(text_of(2), answer(Outcome::records, 60, std::string(60'000, 'x')), start);
  CHECK(cache.find(text_of(1), start) != nullptr);
  CHECK(cache.find(text_of(2), start) == nullptr);
}

TEST_CASE("what is put in again and again does not fill the cache") {
  constexpr std::size_t limit = 64 * 1024;
  DnsCache cache(limit);
  cache.put(text_of(2), answer(Outcome::records, 60), start);
  for (int i = 0; i < 10'000; ++i) cache.put(text_of(1), answer(Outcome::records, 60), start);
  CHECK(cache.find(text_of(1), start) != nullptr);
  CHECK(cache.find(text_of(2), start) != nullptr);
  CHECK(cache.bytes() < 2048);
}

TEST_CASE("old answers are dropped, and their memory is counted no more") {
  DnsCache cache(1 << 20);
  for (int i = 0; i < 100; ++i) cache.put(text_of(i), answer(Outcome::failure, 0), start);
  for (int i = 100; i < 200; ++i) cache.put(text_of(i), answer(Outcome::records, 300), start);
  for (int i = 0; i < 50; ++i) cache.put(text_of(i), answer(Outcome::records, 300), start);
  const std::size_t before = cache.bytes();
  CHECK(cache.drop_expired(start) == 0);
  CHECK(found(cache, 200) == 200);
  const std::size_t dropped = cache.drop_expired(start + 6s);
  CHECK(dropped > 0);
  CHECK(cache.bytes() == before - dropped);
  CHECK(found(cache, 200) == 150);
  CHECK(cache.drop_expired(start + 301s) == before - dropped);
  CHECK(cache.bytes() == 0);
}
