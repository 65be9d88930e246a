// SPDX-License-Identifier: BSD-2-Clause
#include "milter/libmilter/crew.h"

#include <condition_variable>
#include <exception>
#include <string>
#include <thread>
#include <utility>

#include "util/log.h"

namespace milter {

namespace {

constexpr int none = -1;
thread_local int own_seat = none;

}  // namespace

// It lives on the stack of the thread that rests.
struct Crew::Resting {
  Resting* next = nullptr;
  int seat = none;
  std::condition_variable called;
};

bool Crew::start() {
  for (int seat = 0; seat < seats_; ++seat) {
    if (!add(seat)) return false;
  }
  return true;
}

void Crew::begin_wait() noexcept {
  if (own_seat != none && (give_to_resting(own_seat) || add(own_seat))) own_seat = none;
}

void Crew::work(int seat) {
  util::wait_observer = this;
  own_seat = seat;
  while (own_seat != none) {
    turn_(own_seat);
    if (own_seat == none) own_seat = next_seat();
  }
}

bool Crew::give_to_resting(int seat) {
  const std::lock_guard held(mutex_);
  if (resting_ == nullptr) return false;
  Resting* const one = std::exchange(resting_, resting_->next);
  one->seat = seat;
  one->called.notify_one();
  return true;
}

// None where it has not been given one for so long.
int Crew::next_seat() {
  Resting self;
  std::unique_lock held(mutex_);
  self.next = std::exchange(resting_, &self);
  if (!self.called.wait_for(held, rest_, [&] { return self.seat != none; })) remove(self);
  return self.seat;
}

void Crew::remove(const Resting& one) {
  Resting** at = &resting_;
  while (*at != &one) at = &(*at)->next;
  *at = one.next;
}

bool Crew::add(int seat) noexcept {
  try {
    std::thread([this, seat] { work(seat); }).detach();
    return true;
  } catch (const std::exception& exception) {
    try {
      util::log(util::LogLevel::error,
                std::string("no thread beside those that wait: ") + exception.what());
    } catch (const std::exception&) {
      // Those that are there go on.
    }
    return false;
  }
}

}  // namespace milter
