// SPDX-License-Identifier: BSD-2-Clause
// What libmilter calls for its connections comes here (CMakeLists.txt): it polls twice and reads
// twice for each packet, though an MTA writes dozens of packets at once, and asks the system for
// what need not be asked. Whatever is no connection that it accepted passes through untouched,
// and so does a connection for which there is no memory.
//
// A poll for input takes what is there into the buffer, and says at once that it can be read; so
// it does while bytes are left. A poll for output is left out: a write waits by itself. A buffer
// belongs to the descriptor and needs no lock; the table, and whether a buffer has bytes, are
// also looked at by the thread that polls for all idle connections, and are atomic.
#include <fcntl.h>

#include <cstdarg>
#include <new>

#include "milter/libmilter/connection.h"
#include "milter/libmilter/worker_wakeups.h"

namespace {

using milter::Connection;

constexpr std::size_t max_descriptors = 1 << 16;  // beyond it, no buffer

std::array<std::atomic<Connection*>, max_descriptors> connections;

std::atomic<Connection*>* place_of(int fd) {
  const auto number = static_cast<std::size_t>(fd);
  return fd >= 0 && number < max_descriptors ? &connections[number] : nullptr;
}

// Null for what is no open connection of libmilter's.
Connection* connection_of(int fd) {
  const auto* const place = place_of(fd);
  Connection* const one = place != nullptr ? place->load(std::memory_order_acquire) : nullptr;
  return one != nullptr && one->is_open() ? one : nullptr;
}

// Called by the one thread that accepts.
void open_connection(int fd, bool is_local) {
  auto* const place = place_of(fd);
  if (place == nullptr) return;
  Connection* one = place->load(std::memory_order_acquire);
  if (one == nullptr) one = new (std::nothrow) Connection;
  if (one == nullptr) return;
  one->open(is_local);
  place->store(one, std::memory_order_release);
}

bool is_readable_at_once(const pollfd& polled) {
  const Connection* one = (polled.events & POLLIN) != 0 ? connection_of(polled.fd) : nullptr;
  return one != nullptr && one->input.has_bytes();
}

// Of a connection that belongs to this thread; or of the socket or the pipe by which work comes.
int poll_one(pollfd& polled, int timeout) {
  Connection* const one = connection_of(polled.fd);
  if (one == nullptr) {
    milter::hands_out_work = true;
    return ::poll(&polled, 1, timeout);
  }
  polled.revents = static_cast<short>(polled.events & (POLLIN | POLLOUT));
  if (polled.events == POLLOUT || one->input.has_bytes() || one->input.fill(polled.fd)) return 1;
  const int ready = ::poll(&polled, 1, timeout);
  if (ready == 1 && (polled.revents & POLLIN) != 0) one->input.fill(polled.fd);
  return ready;
}

}  // namespace

extern "C" {

ssize_t tm_libmilter_read(int fd, void* into, size_t size) {
  Connection* one = connection_of(fd);
  return one != nullptr ? one->input.read(fd, into, size) : ::read(fd, into, size);
}

ssize_t tm_libmilter_writev(int fd, const iovec* parts, int count) {
  Connection* one = connection_of(fd);
  return one != nullptr ? one->output.write(fd, parts, count) : ::writev(fd, parts, count);
}

int tm_libmilter_poll(pollfd* polled, nfds_t count, int timeout) {
  if (count == 1) return poll_one(*polled, timeout);
  milter::hands_out_work = true;
  pollfd* const end = polled + count;
  if (std::none_of(polled, end, is_readable_at_once)) return ::poll(polled, count, timeout);
  if (::poll(polled, count, 0) < 0) return -1;
  int ready = 0;
  for (pollfd* one = polled; one != end; ++one) {
    if (is_readable_at_once(*one)) one->revents |= POLLIN;
    if (one->revents != 0) ++ready;
  }
  return ready;
}

// Closed in a program that is executed, from the start.
int tm_libmilter_accept(int fd, sockaddr* address, socklen_t* size) {
  const int accepted = ::accept4(fd, address, size, SOCK_CLOEXEC);
  if (accepted >= 0) open_connection(accepted, *size > 0 && address->sa_family == AF_UNIX);
  return accepted;
}

int tm_libmilter_fcntl(int fd, int command, ...) {
  va_list rest;
  va_start(rest, command);
  const int argument = va_arg(rest, int);
  va_end(rest);
  const bool is_ours = connection_of(fd) != nullptr;
  if (is_ours && command == F_GETFD) return FD_CLOEXEC;
  if (is_ours && command == F_SETFD) return 0;
  return ::fcntl(fd, command, argument);
}

// The peer of a Unix socket can't be lost: there is nothing to keep alive.
int tm_libmilter_setsockopt(int fd, int level, int name, const void* value, socklen_t size) {
  const Connection* const one = connection_of(fd);
  const bool is_moot =
      one != nullptr && one->is_local() && level == SOL_SOCKET && name == SO_KEEPALIVE;
  return is_moot ? 0 : ::setsockopt(fd, level, name, value, size);
}

// The buffer first: the number may be another thread's as soon as it is closed.
int tm_libmilter_close(int fd) {
  if (Connection* const one = connection_of(fd)) one->close();
  return ::close(fd);
}

}  // extern "C"
