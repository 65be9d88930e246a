// SPDX-License-Identifier: BSD-2-Clause
// What libmilter calls for its connections comes here (CMakeLists.txt): it polls twice and reads
// twice for each packet, though an MTA writes dozens of packets at once, and asks the system for
// what need not be asked. Whatever is no connection that it accepted passes through untouched.
#include <fcntl.h>

#include <cstdarg>

#include "milter/libmilter/connections.h"

namespace {

using milter::Connection;
using milter::connection_of;

// libmilter polls before each packet, where 0 ends the turn, and before each read and write, which
// wait by themselves.
int poll_one(pollfd& polled, int timeout) {
  Connection* const one = connection_of(polled.fd);
  if (one == nullptr) return ::poll(&polled, 1, timeout);
  const bool is_ready = polled.events == POLLOUT || one->goes_on();
  polled.revents = is_ready ? polled.events : 0;
  return is_ready ? 1 : 0;
}

}  // namespace

extern "C" {

ssize_t tm_libmilter_read(int fd, void* into, size_t size) {
  Connection* one = connection_of(fd);
  return one != nullptr ? one->read(into, size) : ::read(fd, into, size);
}

ssize_t tm_libmilter_writev(int fd, const iovec* parts, int count) {
  Connection* one = connection_of(fd);
  return one != nullptr ? one->write(parts, count) : ::writev(fd, parts, count);
}

int tm_libmilter_poll(pollfd* polled, nfds_t count, int timeout) {
  return count == 1 ? poll_one(*polled, timeout) : ::poll(polled, count, timeout);
}

// Closed in a program that is executed, from the start. One that there is no memory for is closed
// here: libmilter goes on to the next.
int tm_libmilter_accept(int fd, sockaddr* address, socklen_t* size) {
  const int accepted = ::accept4(fd, address, size, SOCK_CLOEXEC);
  if (accepted < 0) return accepted;
  const bool is_local = *size > 0 && address->sa_family == AF_UNIX;
  if (milter::open_connection(accepted, is_local)) return accepted;
  ::close(accepted);
  errno = ENOMEM;
  return -1;
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

int tm_libmilter_close(int fd) {
  if (Connection* const one = connection_of(fd)) one->close();
  return ::close(fd);
}

}  // extern "C"
