// SPDX-License-Identifier: BSD-2-Clause
// A buffer between the MTA's connections and libmilter, which polls twice and reads twice for
// each packet, though an MTA writes dozens of packets at once. What libmilter calls read, poll,
// accept and close comes here (CMakeLists.txt). Whatever is no connection that it accepted passes
// through untouched, and so does a connection for which there is no memory.
//
// A poll for input takes what is there into the buffer, and says at once that it can be read; so
// it does while bytes are left. A poll for output is left out: a write waits by itself, and no
// longer than send_timeout. libmilter moves a connection between its threads, one at a time and
// under its own lock, so a buffer belongs to the descriptor and needs no lock; the table, and
// whether a buffer has bytes, are also looked at by the thread that polls for all idle
// connections, and are atomic.
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>

#include "milter/libmilter/packet_guard.h"

namespace {

// More than an envelope and a header of common size; a body comes in chunks of up to 64 KiB,
// which are read past the buffer.
constexpr std::size_t buffer_size = 16 * 1024;
constexpr timeval send_timeout{7210, 0};          // as long as libmilter waits for an MTA
constexpr std::size_t max_descriptors = 1 << 16;  // beyond it, no buffer

class Buffer {
 public:
  // Of a connection that is open; a buffer stays for the next one of the same number.
  void open() {
    // What the thread that closed the one before has written is seen from here on.
    [[maybe_unused]] const bool is_closed = !is_open_.load(std::memory_order_acquire);
    guard_ = {};
    left_ = 0;
    is_open_.store(true, std::memory_order_release);
  }
  void close() { is_open_.store(false, std::memory_order_release); }
  bool is_open() const { return is_open_.load(std::memory_order_acquire); }

  bool has_bytes() const { return left_.load(std::memory_order_acquire) > 0; }

  // Takes what has come; false where nothing has. What a read has to say of a connection that
  // is at its end, or broken, has come too.
  bool fill(int fd) {
    const ssize_t got = ::recv(fd, bytes_.data(), buffer_size, MSG_DONTWAIT);
    if (got < 0) return errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR;
    at_ = 0;
    left_.store(static_cast<std::size_t>(got), std::memory_order_release);
    return true;
  }

  // A connection with a packet that libmilter can't bear is broken from there on.
  ssize_t read(int fd, void* into, std::size_t size) {
    const ssize_t got = take(fd, into, size);
    if (got <= 0 ||
        guard_.may_pass({static_cast<const char*>(into), static_cast<std::size_t>(got)}))
      return got;
    errno = EPROTO;
    return -1;
  }

 private:
  ssize_t take(int fd, void* into, std::size_t size) {
    std::size_t left = left_.load(std::memory_order_relaxed);
    if (left == 0) {
      if (size >= buffer_size) return ::read(fd, into, size);
      const ssize_t got = ::read(fd, bytes_.data(), buffer_size);
      if (got <= 0) return got;
      left = static_cast<std::size_t>(got);
      at_ = 0;
    }
    const std::size_t taken = std::min(size, left);
    std::memcpy(into, bytes_.data() + at_, taken);
    at_ += taken;
    left_.store(left - taken, std::memory_order_release);
    return static_cast<ssize_t>(taken);
  }

  milter::PacketGuard guard_;
  std::atomic<bool> is_open_{false};
  std::atomic<std::size_t> left_{0};
  std::size_t at_ = 0;
  std::array<char, buffer_size> bytes_;
};

std::array<std::atomic<Buffer*>, max_descriptors> buffers;

std::atomic<Buffer*>* place_of(int fd) {
  const auto number = static_cast<std::size_t>(fd);
  return fd >= 0 && number < max_descriptors ? &buffers[number] : nullptr;
}

// Null for what is no open connection of libmilter's.
Buffer* buffer_of(int fd) {
  const auto* const place = place_of(fd);
  Buffer* const buffer = place != nullptr ? place->load(std::memory_order_acquire) : nullptr;
  return buffer != nullptr && buffer->is_open() ? buffer : nullptr;
}

// Called by the one thread that accepts.
void open_buffer(int fd) {
  auto* const place = place_of(fd);
  if (place == nullptr) return;
  Buffer* buffer = place->load(std::memory_order_acquire);
  if (buffer == nullptr) buffer = new (std::nothrow) Buffer;
  if (buffer == nullptr) return;
  buffer->open();
  place->store(buffer, std::memory_order_release);
}

bool is_readable_at_once(const pollfd& polled) {
  const Buffer* buffer = (polled.events & POLLIN) != 0 ? buffer_of(polled.fd) : nullptr;
  return buffer != nullptr && buffer->has_bytes();
}

// Of a connection that belongs to this thread.
int poll_one(pollfd& polled, int timeout) {
  Buffer* const buffer = buffer_of(polled.fd);
  if (buffer == nullptr) return ::poll(&polled, 1, timeout);
  polled.revents = static_cast<short>(polled.events & (POLLIN | POLLOUT));
  if (polled.events == POLLOUT || buffer->has_bytes() || buffer->fill(polled.fd)) return 1;
  const int ready = ::poll(&polled, 1, timeout);
  if (ready == 1 && (polled.revents & POLLIN) != 0) buffer->fill(polled.fd);
  return ready;
}

}  // namespace

extern "C" {

ssize_t tm_libmilter_read(int fd, void* into, size_t size) {
  Buffer* buffer = buffer_of(fd);
  return buffer != nullptr ? buffer->read(fd, into, size) : ::read(fd, into, size);
}

int tm_libmilter_poll(pollfd* polled, nfds_t count, int timeout) {
  if (count == 1) return poll_one(*polled, timeout);
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

int tm_libmilter_accept(int fd, sockaddr* address, socklen_t* size) {
  const int accepted = ::accept(fd, address, size);
  if (accepted < 0) return accepted;
  if (::setsockopt(accepted, SOL_SOCKET, SO_SNDTIMEO, &send_timeout, sizeof send_timeout) == 0)
    open_buffer(accepted);
  return accepted;
}

// The buffer first: the number may be another thread's as soon as it is closed.
int tm_libmilter_close(int fd) {
  if (Buffer* const buffer = buffer_of(fd)) buffer->close();
  return ::close(fd);
}

}  // extern "C"
