// SPDX-License-Identifier: BSD-2-Clause
#include "milter/libmilter/connections.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <new>

namespace milter {

namespace {

constexpr std::size_t max_descriptors = 1 << 20;  // Linux: fs.nr_open, unless it is set otherwise

// What is in it stays.
std::array<std::atomic<Connection*>, max_descriptors> connections;
std::atomic<std::size_t> places{0};  // that were ever taken
thread_local Connection* newest = nullptr;

std::atomic<Connection*>* place_of(int fd) {
  const auto number = static_cast<std::size_t>(fd);
  return fd >= 0 && number < max_descriptors ? &connections[number] : nullptr;
}

}  // namespace

Connection* connection_of(int fd) {
  const auto* const place = place_of(fd);
  Connection* const one = place != nullptr ? place->load(std::memory_order_acquire) : nullptr;
  return one != nullptr && one->is_open() ? one : nullptr;
}

bool open_connection(int fd, bool is_local) {
  auto* const place = place_of(fd);
  if (place == nullptr) return false;
  Connection* one = place->load(std::memory_order_acquire);
  if (one == nullptr) one = new (std::nothrow) Connection(fd);
  if (one == nullptr) return false;
  one->open(is_local);
  place->store(one, std::memory_order_release);
  places = std::max(places.load(), static_cast<std::size_t>(fd) + 1);
  newest = one;
  return true;
}

Connection* newest_connection() { return newest; }

void end_silent(Connection::Time since) {
  for (std::size_t i = 0; i < places; ++i) {
    Connection* const one = connections[i].load(std::memory_order_acquire);
    if (one != nullptr) one->end_if_silent(since);
  }
}

}  // namespace milter
