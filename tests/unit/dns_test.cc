// SPDX-License-Identifier: BSD-2-Clause
// milter/evidence/dns: one message's view of DNS. Each question has one answer for the
// message's whole life; after the budget every open question is a failure.
#include "milter/evidence/dns.h"

#include <catch2/catch.hpp>
#include <thread>

#include "tests/unit/answers.h"

using answers::text;
using evidence::Bell;
using evidence::DnsAnswer;
using evidence::DnsAnswerPtr;
using evidence::Flight;
using evidence::MessageDns;
using evidence::Question;
using evidence::RecordType;
using Outcome = DnsAnswer::Outcome;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

namespace {

// Hands out flights that land when the test says so; forgets each that has landed, as a
// cache does whose answers are old at once.
class FakeResolver final : public evidence::Resolver {
 public:
  std::shared_ptr<Flight> ask(const Question& question, const evidence::Asker& asker) override {
    asked.push_back(question.name);
    needs.push_back(asker.need);
    if (is_full) return nullptr;
    auto& flight = flights[question];
    if (!flight || flight->answer()) flight = std::make_shared<Flight>();
    return flight;
  }
  void land(const Question& question, DnsAnswerPtr answer) {
    flights.at(question)->land(std::move(answer));
  }

  std::vector<std::string> asked;
  std::vector<evidence::Asker::Need> needs;
  bool is_full = false;
  std::map<Question, std::shared_ptr<Flight>> flights;
};

const Question one{"one.example", RecordType::txt};
const Question two{"two.example", RecordType::txt};

// Far enough that only a ring ends the wait; and one that is over.
Clock::time_point late() { return Clock::now() + 60s; }
Clock::time_point past() { return Clock::now() - 1s; }

}  // namespace

TEST_CASE("a question is asked once, and has one answer for the message's life") {
  FakeResolver resolver;
  MessageDns dns(resolver);
  CHECK(dns.ask(one) == nullptr);
  CHECK(dns.ask(one) == nullptr);
  CHECK(resolver.asked == std::vector<std::string>{"one.example"});
  const auto answer = text("first");
  resolver.land(one, answer);
  CHECK(dns.ask(one) == answer);
  CHECK(dns.ask(one) == answer);
  CHECK(resolver.asked.size() == 1);
  // Another message asks for itself.
  MessageDns other(resolver);
  CHECK(other.ask(one) == nullptr);
  resolver.land(one, text("second"));
  CHECK(other.ask(one)->data == std::vector<std::string>{"second"});
  CHECK(dns.ask(one) == answer);
}

TEST_CASE("questions of another type or name are others") {
  FakeResolver resolver;
  MessageDns dns(resolver);
  for (const auto type :
       {RecordType::a, RecordType::aaaa, RecordType::mx, RecordType::ptr, RecordType::txt})
    CHECK(dns.ask({"one.example", type}) == nullptr);
  CHECK(dns.ask(two) == nullptr);
  CHECK(resolver.asked.size() == 6);
}

TEST_CASE("after the budget every open question is a failure, for good") {
  FakeResolver resolver;
  MessageDns dns(resolver);
  dns.ask(one);
  dns.ask(two);
  const auto answer = text("in time");
  resolver.land(one, answer);
  dns.give_up();
  CHECK(dns.ask(one) == answer);
  REQUIRE(dns.ask(two));
  CHECK(dns.ask(two)->outcome == Outcome::failure);
  resolver.land(two, text("too late"));
  REQUIRE(dns.ask(two));
  CHECK(dns.ask(two)->outcome == Outcome::failure);
  // One that was never asked, too; and it is not asked any more.
  const Question three{"three.example", RecordType::a};
  REQUIRE(dns.ask(three));
  CHECK(dns.ask(three)->outcome == Outcome::failure);
  CHECK_FALSE(dns.ask(three)->secure);
}

TEST_CASE("waiting ends at the deadline where nothing comes") {
  FakeResolver resolver;
  MessageDns dns(resolver);
  dns.ask(one);
  CHECK_FALSE(dns.wait(past()));
  CHECK_FALSE(dns.wait(Clock::now() + 1ms));
}

TEST_CASE("waiting ends when an answer comes from another thread") {
  FakeResolver resolver;
  MessageDns dns(resolver);
  dns.ask(one);
  std::thread landing([&] { resolver.land(one, text("x")); });
  CHECK(dns.wait(late()));
  landing.join();
  REQUIRE(dns.ask(one));
  CHECK(dns.ask(one)->data == std::vector<std::string>{"x"});
}

TEST_CASE("an answer that came before the wait is not missed") {
  FakeResolver resolver;
  MessageDns dns(resolver);
  dns.ask(one);
  dns.ask(two);
  resolver.land(one, text("x"));
  CHECK(dns.wait(late()));
  CHECK_FALSE(dns.wait(past()));
  resolver.land(two, text("y"));
  CHECK(dns.wait(late()));
  CHECK_FALSE(dns.wait(past()));
}

TEST_CASE("what is asked of nobody in particular does not wake the message") {
  FakeResolver resolver;
  MessageDns dns(resolver), other(resolver);
  dns.ask(one);
  other.ask(two);
  resolver.land(two, text("y"));
  CHECK_FALSE(dns.wait(past()));
  CHECK(other.wait(late()));
}

TEST_CASE("a flight rings every bell, those that come late too") {
  Flight flight;
  auto first = std::make_shared<Bell>();
  auto second = std::make_shared<Bell>();
  flight.listen(first);
  CHECK(flight.answer() == nullptr);
  CHECK(first->count() == 0);
  const auto answer = text("x");
  flight.land(answer);
  CHECK(flight.answer() == answer);
  CHECK(first->count() == 1);
  flight.listen(second);
  CHECK(second->count() == 1);
  // A bell whose message is over is none of its cares.
  Flight other;
  auto gone = std::make_shared<Bell>();
  other.listen(gone);
  gone.reset();
  other.land(answer);
  CHECK(other.answer() == answer);
}

TEST_CASE("a bell is waited for past a count") {
  Bell bell;
  CHECK_FALSE(bell.wait_past(0, past()));
  bell.ring();
  CHECK(bell.wait_past(0, past()));
  CHECK_FALSE(bell.wait_past(1, past()));
  bell.ring();
  CHECK(bell.count() == 2);
  CHECK(bell.wait_past(1, late()));
}

TEST_CASE("questions are ordered and equal by name and type") {
  CHECK(one == Question{"one.example", RecordType::txt});
  CHECK(one != two);
  CHECK(one != Question{"one.example", RecordType::a});
  CHECK(one < two);
}

TEST_CASE("where the resolver is full, what is wanted is asked again, what is needed has failed") {
  using Need = evidence::Asker::Need;
  FakeResolver resolver;
  resolver.is_full = true;
  MessageDns dns(resolver);
  dns.set_need(Need::wanted);
  CHECK(dns.ask(one) == nullptr);
  CHECK(dns.ask(one) == nullptr);
  CHECK(resolver.asked.size() == 2);
  resolver.is_full = false;
  CHECK(dns.ask(one) == nullptr);
  const auto before = dns.news();
  dns.set_need(Need::needed);
  CHECK(dns.news() > before);                    // what had no room is worth another look
  CHECK(resolver.needs.back() == Need::needed);  // the open question is raised
  resolver.is_full = true;
  REQUIRE(dns.ask(two));
  CHECK(dns.ask(two)->outcome == Outcome::failure);
  resolver.is_full = false;
  CHECK(dns.ask(two)->outcome == Outcome::failure);  // for the message's life
  resolver.land(one, text("x"));
  CHECK(dns.ask(one)->data == std::vector<std::string>{"x"});
}

TEST_CASE("a message has 40 questions open at most") {
  FakeResolver resolver;
  MessageDns dns(resolver);
  for (std::size_t i = 0; i < MessageDns::max_open; ++i)
    CHECK(dns.ask({std::to_string(i) + ".example", RecordType::a}) == nullptr);
  REQUIRE(dns.ask(one));
  CHECK(dns.ask(one)->outcome == Outcome::failure);
  resolver.land({"0.example", RecordType::a}, text("x"));
  CHECK(dns.ask(two) == nullptr);  // one has come
}
