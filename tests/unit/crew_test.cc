// SPDX-License-Identifier: BSD-2-Clause
// milter/libmilter/crew: how many threads work at a time, and who gets the seat of one that waits.
#include "milter/libmilter/crew.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <thread>

namespace {

using milter::Crew;

// Where the threads of a crew, which have no end, find their work: one item a turn. Lives as long
// as they do.
class Site {
 public:
  void give(std::function<void()> item) {
    const std::lock_guard held(mutex_);
    items_.push_back(std::move(item));
    come_.notify_one();
  }
  void take_turn() {
    std::function<void()> item;
    {
      std::unique_lock held(mutex_);
      come_.wait(held, [&] { return !items_.empty(); });
      item = std::move(items_.front());
      items_.pop_front();
    }
    item();
  }

 private:
  std::mutex mutex_;
  std::condition_variable come_;
  std::deque<std::function<void()>> items_;
};

// A site of its own for each number, since a turn is a plain function.
template <int number>
Site& site() {
  static auto* const one = new Site;
  return *one;
}

template <int number>
void start_crew(int seats, std::chrono::milliseconds rest = std::chrono::seconds(10)) {
  site<number>();
  auto* const crew = new Crew(
      seats, [](int) { site<number>().take_turn(); }, rest);
  REQUIRE(crew->start());
}

// A door that opens once, and who has come to it. Shared with the threads.
class Door {
 public:
  void open() {
    const std::lock_guard held(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }
  void come_and_wait() {
    std::unique_lock held(mutex_);
    most_ = std::max(most_, ++waiting_);
    ++come_;
    changed_.notify_all();
    changed_.wait(held, [&] { return is_open_; });
    --waiting_;
    threads_.insert(std::this_thread::get_id());
    changed_.notify_all();
  }
  void until_come(int count) {
    std::unique_lock held(mutex_);
    changed_.wait(held, [&] { return come_ >= count; });
  }
  void until_gone(int count) {
    std::unique_lock held(mutex_);
    changed_.wait(held, [&] { return come_ >= count && waiting_ == 0; });
  }
  int most() {
    const std::lock_guard held(mutex_);
    return most_;
  }
  std::set<std::thread::id> threads() {
    const std::lock_guard held(mutex_);
    return threads_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_open_ = false;
  int waiting_ = 0, come_ = 0, most_ = 0;
  std::set<std::thread::id> threads_;
};

// So many come to the door, and say that they wait.
template <int number>
void let_wait(const std::shared_ptr<Door>& door, int count) {
  for (int i = 0; i < count; ++i)
    site<number>().give([=] {
      util::begin_wait();
      door->come_and_wait();
    });
  door->until_come(count);
}

}  // namespace

TEST_CASE("so many work at a time as there are seats") {
  start_crew<1>(3);
  const auto door = std::make_shared<Door>();
  const auto after = std::make_shared<Door>();
  after->open();
  for (int i = 0; i < 3; ++i) site<1>().give([=] { door->come_and_wait(); });
  for (int i = 0; i < 7; ++i) site<1>().give([=] { after->come_and_wait(); });
  door->until_come(3);
  CHECK(after->threads().empty());
  door->open();
  after->until_gone(7);
  CHECK(after->most() <= 3);
}

TEST_CASE("who waits is no hindrance to the others, however many wait") {
  start_crew<2>(2);
  const auto door = std::make_shared<Door>();
  constexpr int many = 50;
  let_wait<2>(door, many);  // two threads alone would stand here for ever
  const auto at_work = std::make_shared<Door>();
  for (int i = 0; i < 2; ++i) site<2>().give([=] { at_work->come_and_wait(); });
  at_work->until_come(2);
  door->open();
  at_work->open();
  door->until_gone(many);
  CHECK(door->threads().size() == many);
}

TEST_CASE("who has lost its seat rests, and gets one again before a new thread is made") {
  start_crew<3>(1);
  std::set<std::thread::id> all;
  for (int round = 0; round < 20; ++round) {
    const auto door = std::make_shared<Door>();
    let_wait<3>(door, 3);
    // One at work, so that the three who wait have no seat, and rest.
    const auto at_work = std::make_shared<Door>();
    site<3>().give([=] { at_work->come_and_wait(); });
    at_work->until_come(1);
    door->open();
    door->until_gone(3);
    at_work->open();
    all.merge(door->threads());
    all.merge(at_work->threads());
  }
  // One may be on its way to its rest still when it is wanted again.
  CHECK(all.size() < 20);
}

TEST_CASE("after a time without work a thread ends, and the crew works on") {
  start_crew<4>(1, std::chrono::milliseconds(1));
  for (int round = 0; round < 20; ++round) {
    const auto door = std::make_shared<Door>();
    let_wait<4>(door, 8);
    door->open();
    door->until_gone(8);
  }
  const auto last = std::make_shared<Door>();
  last->open();
  site<4>().give([=] { last->come_and_wait(); });
  last->until_gone(1);
}
