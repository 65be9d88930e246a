// SPDX-License-Identifier: BSD-2-Clause
// DNS as SPF and DKIM see it. A Resolver answers questions for the whole process;
// a MessageDns is one message's view of it: each question has one answer for the
// message's whole life, whatever the cache does meanwhile, and after the budget
// every open question is a failure. Nothing here blocks but MessageDns::wait.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evidence {

enum class RecordType : std::uint16_t { a = 1, cname = 5, ptr = 12, mx = 15, txt = 16, aaaa = 28 };

struct Question {
  std::string name;  // presentation form, lower case, no trailing dot; a byte that can't
                     // stand there is written \DDD (RFC 1035 5.1)
  RecordType type = RecordType::txt;
  auto operator<=>(const Question&) const = default;
};

struct DnsAnswer {
  enum class Outcome {
    records,       // at least one record of the type
    no_data,       // the name exists, the type does not (CNAMEs followed)
    no_such_name,  // NXDOMAIN
    failure,       // SERVFAIL, time-out, bogus, refused: nothing is known
  };
  Outcome outcome = Outcome::failure;
  bool secure = false;    // validated by DNSSEC
  std::uint32_t ttl = 0;  // seconds
  // a: 4 octets; aaaa: 16; txt: the strings joined (RFC 7208 3.3; RFC 6376 3.6.2.2);
  // mx, ptr, cname: the name in presentation form, lower case, no trailing dot ("" the root).
  std::vector<std::string> data;
  std::vector<std::uint16_t> preferences;  // mx: index by index
};
using DnsAnswerPtr = std::shared_ptr<const DnsAnswer>;

// Rings when an answer that its owner waits for has come. Thread-safe.
class Bell {
 public:
  void ring();
  // How often it has rung; `wait_past` returns as soon as that is over `seen`, or at
  // the deadline with false.
  std::uint64_t count() const;
  bool wait_past(std::uint64_t seen, std::chrono::steady_clock::time_point deadline);

 private:
  mutable std::mutex mutex_;
  std::condition_variable rung_;
  std::uint64_t count_ = 0;
};

// One question under way or answered. Thread-safe.
class Flight {
 public:
  DnsAnswerPtr answer() const;              // null while it is under way
  void land(DnsAnswerPtr answer);           // once; rings every bell that listens
  void listen(std::shared_ptr<Bell> bell);  // rings at once where it has landed

 private:
  mutable std::mutex mutex_;
  DnsAnswerPtr answer_;
  std::vector<std::weak_ptr<Bell>> bells_;
};

class Resolver {
 public:
  virtual ~Resolver() = default;
  // The flight of this question, shared with whoever else asks it; landed already
  // where the cache knows the answer. Never blocks; any thread. Every flight lands,
  // a time-out as `failure`.
  virtual std::shared_ptr<Flight> ask(const Question& question) = 0;
};

// Not thread-safe: belongs to one message.
class MessageDns {
 public:
  explicit MessageDns(Resolver& resolver);

  // The answer if it is there, null while it is under way (the question is asked if
  // it was not yet). After give_up() every question without answer is a failure.
  DnsAnswerPtr ask(const Question& question);
  // Waits until an answer that was asked for and not yet there has come, or until the
  // deadline; false at the deadline. Returns at once where one has come since the
  // last call of wait() began.
  bool wait(std::chrono::steady_clock::time_point deadline);
  void give_up();
  // Another number once an answer has come that was asked for and not there, or given up.
  std::uint64_t news() const { return bell_->count(); }

 private:
  Resolver& resolver_;
  std::shared_ptr<Bell> bell_;
  std::uint64_t seen_ = 0;
  bool given_up_ = false;
  std::map<Question, std::shared_ptr<Flight>> flights_;
};

}  // namespace evidence
