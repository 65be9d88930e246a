// SPDX-License-Identifier: BSD-2-Clause
// milter/evidence/dns_queue: what is asked next, and that every number has its bound.
#include "milter/evidence/dns_queue.h"

#include <catch2/catch.hpp>

using evidence::Asker;
using evidence::DnsQueue;
using evidence::Flight;
using evidence::MessageDns;
using evidence::Question;
using evidence::RecordType;
using Need = Asker::Need;
using Clock = DnsQueue::Clock;
using FlightPtr = DnsQueue::FlightPtr;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t most = 4000;

Question question(std::size_t number) {
  return {"n" + std::to_string(number) + ".example", RecordType::txt};
}

Asker asker(std::uint64_t client, Need need) { return {.client = client, .need = need}; }

// So many questions of one client, from this number on; the flights of those that were taken.
std::vector<FlightPtr> ask(DnsQueue& queue, std::size_t first, std::size_t count, Asker by,
                           Clock::time_point deadline = Clock::now() + 5s) {
  std::vector<FlightPtr> taken;
  for (std::size_t i = first; i < first + count; ++i) {
    if (auto flight = queue.add(question(i), by, deadline)) taken.push_back(std::move(flight));
  }
  return taken;
}

std::vector<std::string> handed(DnsQueue& queue) {
  std::vector<std::string> names;
  while (const Question* const next = queue.next()) names.push_back(next->name);
  return names;
}

}  // namespace

TEST_CASE("needed questions go first, each in order") {
  DnsQueue queue(most);
  const auto wanted = ask(queue, 0, 2, asker(1, Need::wanted));
  const auto needed = ask(queue, 10, 2, asker(1, Need::needed));
  CHECK(handed(queue) ==
        std::vector<std::string>{"n10.example", "n11.example", "n0.example", "n1.example"});
  CHECK(handed(queue).empty());
}

TEST_CASE("a question that comes to be needed goes before the wanted ones, once") {
  DnsQueue queue(most);
  const auto flights = ask(queue, 0, 3, asker(1, Need::wanted));
  CHECK(queue.find(question(2), asker(2, Need::needed)) == flights[2]);
  CHECK(queue.find(question(2), asker(2, Need::wanted)) == flights[2]);
  CHECK(queue.find(question(9), asker(2, Need::wanted)) == nullptr);
  CHECK(handed(queue) == std::vector<std::string>{"n2.example", "n0.example", "n1.example"});
}

TEST_CASE("the library has a bounded number, and the wanted ones half of it") {
  DnsQueue queue(most);
  std::vector<FlightPtr> flights;
  for (std::uint64_t client = 1; client <= 4; ++client) {
    for (auto& one : ask(queue, client * 10'000, 400, asker(client, Need::wanted)))
      flights.push_back(std::move(one));
  }
  CHECK(handed(queue).size() == DnsQueue::max_handed / 2);
  for (auto& one : ask(queue, 0, 900, asker(9, Need::needed))) flights.push_back(std::move(one));
  CHECK(handed(queue).size() == DnsQueue::max_handed / 2);
  CHECK(queue.next() == nullptr);
  // One answer makes room for one, of those that are needed.
  CHECK(queue.finish(question(0)) != nullptr);
  CHECK(handed(queue) == std::vector<std::string>{"n256.example"});
}

TEST_CASE("one client has a share; others are not held up by it") {
  DnsQueue queue(most);
  const auto of_one = ask(queue, 0, most, asker(1, Need::wanted));
  CHECK(of_one.size() == most / 8);
  const auto of_another = ask(queue, 10'000, 10, asker(2, Need::wanted));
  CHECK(of_another.size() == 10);
  CHECK(ask(queue, 20'000, most, asker(1, Need::needed)).size() == most / 4);
}

TEST_CASE("all together are bounded, and what is needed has half of it to itself") {
  DnsQueue queue(most);
  std::vector<FlightPtr> held;
  for (std::uint64_t client = 1; client <= 20; ++client) {
    for (auto& one : ask(queue, client * 10'000, most, asker(client, Need::wanted)))
      held.push_back(std::move(one));
  }
  CHECK(held.size() == most / 2);
  for (std::uint64_t client = 1; client <= 20; ++client) {
    for (auto& one : ask(queue, client * 1'000'000, most, asker(client, Need::needed)))
      held.push_back(std::move(one));
  }
  CHECK(held.size() == most);
  CHECK(queue.size() == most);
}

TEST_CASE("orphans make room for others, and are asked where there is room to spare") {
  DnsQueue queue(most);
  ask(queue, 0, 300, asker(1, Need::wanted));  // nobody holds them
  const auto held = ask(queue, 10'000, 3, asker(2, Need::wanted));
  const auto names = handed(queue);
  CHECK(names.size() == DnsQueue::max_handed / 4 + held.size());
  CHECK(names.back() == "n10002.example");
  CHECK(queue.size() == names.size());
  // Where the client's share is full of orphans, they go.
  DnsQueue other(most);
  ask(other, 0, most, asker(1, Need::wanted));
  const auto one = ask(other, 10'000, 1, asker(1, Need::wanted));
  REQUIRE(one.size() == 1);
  CHECK(other.size() == 1);
}

TEST_CASE("an orphan that the library has counts until it answers") {
  DnsQueue queue(most);
  auto held = ask(queue, 0, 1, asker(1, Need::needed));
  REQUIRE(handed(queue).size() == 1);
  held.clear();
  CHECK(queue.size() == 1);
  const auto late = queue.take_late(Clock::now() + 10s);
  REQUIRE(late);
  CHECK(late->was_handed);
  CHECK(late->is_orphan);
  CHECK(queue.size() == 1);
  CHECK_FALSE(queue.take_late(Clock::now() + 10s));
  CHECK_FALSE(queue.first_deadline());
  CHECK(queue.finish(question(0)) != nullptr);
  CHECK(queue.size() == 0);
  CHECK(queue.finish(question(0)) == nullptr);
}

TEST_CASE("what waits for too long is late, and leaves unasked") {
  DnsQueue queue(most);
  const auto now = Clock::now();
  const auto soon = ask(queue, 0, 1, asker(1, Need::wanted), now + 1s);
  const auto later = ask(queue, 1, 1, asker(1, Need::wanted), now + 2s);
  CHECK(queue.first_deadline() == now + 1s);
  CHECK_FALSE(queue.take_late(now));
  const auto late = queue.take_late(now + 1s);
  REQUIRE(late);
  CHECK(late->flight == soon.front());
  CHECK(late->question == question(0));
  CHECK_FALSE(late->was_handed);
  CHECK_FALSE(late->is_orphan);
  CHECK(queue.first_deadline() == now + 2s);
  CHECK(handed(queue) == std::vector<std::string>{"n1.example"});
}

TEST_CASE("a small daemon has room for one message") {
  DnsQueue queue(MessageDns::max_open);
  const auto flights = ask(queue, 0, most, asker(1, Need::needed));
  CHECK(flights.size() == MessageDns::max_open);
}
