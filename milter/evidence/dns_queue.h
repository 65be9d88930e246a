// SPDX-License-Identifier: BSD-2-Clause
// The questions of a resolver that are under way, and which of them the DNS library is asked next.
//
// An Entry is a question from its first asker to the library's answer. It waits in one of two
// lines, by need, until the library has room for it; the needed ones go first. A question whose
// time is over (late) leaves its line unasked, and so does one whose askers have all gone (an
// orphan) unless there is room to spare: its answer then serves the next who asks. What the
// library has been given can't be taken back: it counts until the library answers or gives up.
//
// All numbers are bounded: questions in all, of those half that are wanted alone; a share of one
// client; and how many the library has at a time, of those half that are wanted alone. So names
// that are never answered, which any sender can make up, fill their own share and no more.
// Not thread-safe.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>

#include "milter/evidence/dns.h"

namespace evidence {

class DnsQueue {
 public:
  using Clock = std::chrono::steady_clock;
  using FlightPtr = std::shared_ptr<Flight>;

  // The library answers some 50,000 questions a second by so many at a time, where an answer
  // takes 10 ms; one that is never answered occupies it for as long as a look-up may take.
  static constexpr std::size_t max_handed = 512;

  // `most` questions at a time.
  explicit DnsQueue(std::size_t most);

  // The flight of a question that is under way, null where it is not. A question that waits and
  // is needed from now on goes before those that are wanted alone.
  FlightPtr find(const Question& question, const Asker& asker);
  // Takes a question that is not under way; null where there is no room for it.
  FlightPtr add(const Question& question, const Asker& asker, Clock::time_point deadline);

  // The next question for the library, if it has room for one; it has it from now on. The address
  // stays until the question is finished.
  const Question* next();
  // The library has answered, or given up. The flight, which may have landed as late.
  FlightPtr finish(const Question& question);

  // The first deadline of all, and a question that is past its own.
  std::optional<Clock::time_point> first_deadline() const;
  struct Late {
    FlightPtr flight;
    Question question;
    bool was_handed = false;  // to the library
    bool is_orphan = false;   // nobody waits for it
  };
  std::optional<Late> take_late(Clock::time_point now);

  std::size_t size() const { return entries_.size(); }
  std::vector<FlightPtr> flights() const;

 private:
  static constexpr std::size_t needs = 2;
  using Counts = std::array<std::size_t, needs>;  // by need

  struct Entry {
    FlightPtr flight;
    Asker asker;
    Clock::time_point deadline;
    bool is_handed = false;
    bool is_late = false;
    std::list<const Question*>::iterator place = {};  // in by_deadline_, unless late
  };
  using Entries = std::map<Question, Entry>;

  static std::size_t index(Asker::Need need) { return static_cast<std::size_t>(need); }
  static bool is_orphan(const Entry& entry) { return entry.flight.use_count() == 1; }
  bool has_room(const Asker& asker) const;
  void count(const Asker& asker, bool is_more);
  void raise(Entries::value_type& node);
  void drop_orphans();
  Entries::iterator erase(Entries::iterator entry);
  const Question* next_of(Asker::Need need);

  const std::size_t most_;
  Entries entries_;
  std::array<std::deque<Question>, needs> lines_;
  std::list<const Question*> by_deadline_;
  Counts counts_{};  // of the entries
  Counts handed_{};
  std::unordered_map<std::uint64_t, Counts> clients_;
};

}  // namespace evidence
