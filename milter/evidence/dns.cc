// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/dns.h"

#include <algorithm>

#include "util/waiting.h"

namespace evidence {

void Bell::ring() {
  {
    std::lock_guard lock(mutex_);
    ++count_;
  }
  rung_.notify_all();
}

std::uint64_t Bell::count() const {
  std::lock_guard lock(mutex_);
  return count_;
}

bool Bell::wait_past(std::uint64_t seen, std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  return rung_.wait_until(lock, deadline, [&] { return count_ > seen; });
}

DnsAnswerPtr Flight::answer() const {
  std::lock_guard lock(mutex_);
  return answer_;
}

void Flight::land(DnsAnswerPtr answer) {
  std::vector<std::weak_ptr<Bell>> bells;
  {
    std::lock_guard lock(mutex_);
    if (answer_) return;
    answer_ = std::move(answer);
    bells.swap(bells_);
  }
  for (const auto& weak : bells) {
    if (const auto bell = weak.lock()) bell->ring();
  }
}

void Flight::listen(std::shared_ptr<Bell> bell) {
  {
    std::lock_guard lock(mutex_);
    if (!answer_) {
      bells_.push_back(bell);
      return;
    }
  }
  bell->ring();
}

MessageDns::MessageDns(Resolver& resolver, std::uint64_t client)
    : resolver_(resolver), asker_{.client = client}, bell_(std::make_shared<Bell>()) {}

bool MessageDns::has_room() const {
  if (flights_.size() < max_open) return true;
  const auto open = std::count_if(flights_.begin(), flights_.end(),
                                  [](const auto& flight) { return !flight.second->answer(); });
  return static_cast<std::size_t>(open) < max_open;
}

DnsAnswerPtr MessageDns::ask(const Question& question) {
  static const auto failure = std::make_shared<const DnsAnswer>();
  const auto known = flights_.find(question);
  if (known != flights_.end()) {
    const DnsAnswerPtr answer = known->second->answer();
    if (answer || !given_up_) return answer;
    // What had not come by then has failed for the rest of the message's life.
    flights_.erase(known);
  }
  if (given_up_) return failure;
  auto flight = has_room() ? resolver_.ask(question, asker_) : nullptr;
  if (flight == nullptr) {
    if (asker_.need == Asker::Need::wanted) return nullptr;
    flight = std::make_shared<Flight>();
    flight->land(failure);
  }
  if (!flight->answer()) flight->listen(bell_);
  return flights_.emplace(question, std::move(flight)).first->second->answer();
}

void MessageDns::set_need(Asker::Need need) {
  const bool is_raised = asker_.need == Asker::Need::wanted && need == Asker::Need::needed;
  asker_.need = need;
  if (!is_raised) return;
  for (const auto& [question, flight] : flights_) {
    if (!flight->answer()) static_cast<void>(resolver_.ask(question, asker_));
  }
  bell_->ring();  // what had no room is asked again
}

bool MessageDns::wait(std::chrono::steady_clock::time_point deadline) {
  bool has_rung = bell_->count() > seen_;
  if (!has_rung) {
    util::begin_wait();
    has_rung = bell_->wait_past(seen_, deadline);
  }
  seen_ = bell_->count();
  return has_rung;
}

void MessageDns::give_up() {
  given_up_ = true;
  bell_->ring();
}

}  // namespace evidence
