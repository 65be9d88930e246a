// SPDX-License-Identifier: BSD-2-Clause
// DNS as SPF and DKIM see it. A Resolver answers questions for the whole process;
// a MessageDns is one message's view of it: each question has one answer for the
// message's whole life, whatever the cache does meanwhile, and after the budget
// every open question is a failure. Nothing here blocks but MessageDns::wait.
// A question is under way while somebody holds its Flight; one whose askers have all gone need not
// be answered.
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

// Who asks, and how much depends on the answer.
struct Asker {
  enum class Need {
    wanted,  // for the log, or the verdict may come to depend on it
    needed,  // the verdict depends on it
  };
  std::uint64_t client = 0;  // the SMTP client for whose message it is; 0 for nobody's
  Need need = Need::needed;
};

class Resolver {
 public:
  virtual ~Resolver() = default;
  // The flight of this question, shared with whoever else asks it; landed already
  // where the cache knows the answer. Never blocks; any thread. Every flight lands,
  // a time-out as `failure`. Null where too many questions are under way, of all or of this
  // client's.
  virtual std::shared_ptr<Flight> ask(const Question& question, const Asker& asker) = 0;
};

// Not thread-safe: belongs to one message.
class MessageDns {
 public:
  static constexpr std::size_t max_open = 40;  // questions without answer, of one message

  // `client` as in Asker. What is asked is needed, until set_need() says otherwise.
  explicit MessageDns(Resolver& resolver, std::uint64_t client = 0);

  // The answer if it is there, null while it is under way (the question is asked if
  // it was not yet). After give_up() every question without answer is a failure. Where the
  // resolver has no room, a question that is needed is a failure for good; one that is wanted
  // has no answer yet, and will be asked again.
  DnsAnswerPtr ask(const Question& question);
  // For all questions from now on, and those that are open.
  void set_need(Asker::Need need);
  // Waits until an answer that was asked for and not yet there has come, or until the
  // deadline; false at the deadline. Returns at once where one has come since the
  // last call of wait() began.
  bool wait(std::chrono::steady_clock::time_point deadline);
  void give_up();
  // Another number once an answer has come that was asked for and not there, or given up.
  std::uint64_t news() const { return bell_->count(); }

 private:
  bool has_room() const;

  Resolver& resolver_;
  Asker asker_;
  std::shared_ptr<Bell> bell_;
  std::uint64_t seen_ = 0;
  bool given_up_ = false;
  std::map<Question, std::shared_ptr<Flight>> flights_;
};

}  // namespace evidence
