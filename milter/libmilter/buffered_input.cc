// SPDX-License-Identifier: BSD-2-Clause
// A buffer between the MTA's connections and libmilter, which reads each packet in two calls
// and polls before each, though an MTA writes dozens of packets at once. What libmilter calls
// read, poll, accept and close comes here (CMakeLists.txt). Whatever is no connection that it
// accepted passes through untouched, and so does a connection for which there is no memory.
//
// A read takes all that is there, up to a buffer's size; a poll of a descriptor with buffered
// bytes says at once that it can be read. libmilter moves a connection between its threads, one
// at a time and under its own lock, so a buffer belongs to the descriptor and needs no lock;
// the table, and whether a buffer has bytes, are also looked at by the thread that polls for all
// idle connections, and are atomic.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>

namespace {

// More than an envelope and a header of common size; a body comes in chunks of up to 64 KiB,
// which are read past the buffer.
constexpr std::size_t buffer_size = 16 * 1024;
constexpr std::size_t max_descriptors = 1 << 16;  // beyond it, no buffer

class Buffer {
 public:
  bool has_bytes() const { return left_.load(std::memory_order_acquire) > 0; }

  ssize_t read(int fd, void* into, std::size_t size) {
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

 private:
  std::atomic<std::size_t> left_{0};
  std::size_t at_ = 0;
  std::array<char, buffer_size> bytes_;
};

std::array<std::atomic<Buffer*>, max_descriptors> buffers;

std::atomic<Buffer*>* place_of(int fd) {
  const auto number = static_cast<std::size_t>(fd);
  return fd >= 0 && number < max_descriptors ? &buffers[number] : nullptr;
}

Buffer* buffer_of(int fd) {
  const auto* place = place_of(fd);
  return place != nullptr ? place->load(std::memory_order_acquire) : nullptr;
}

void replace(int fd, Buffer* buffer) {
  if (auto* place = place_of(fd))
    delete place->exchange(buffer, std::memory_order_acq_rel);
  else
    delete buffer;
}

bool is_readable_at_once(const pollfd& polled) {
  const Buffer* buffer = (polled.events & POLLIN) != 0 ? buffer_of(polled.fd) : nullptr;
  return buffer != nullptr && buffer->has_bytes();
}

}  // namespace

extern "C" {

ssize_t tm_libmilter_read(int fd, void* into, size_t size) {
  Buffer* buffer = buffer_of(fd);
  return buffer != nullptr ? buffer->read(fd, into, size) : ::read(fd, into, size);
}

int tm_libmilter_poll(pollfd* polled, nfds_t count, int timeout) {
  pollfd* const end = polled + count;
  if (std::none_of(polled, end, is_readable_at_once)) return ::poll(polled, count, timeout);
  if (count == 1) {
    polled->revents = POLLIN;
    return 1;
  }
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
  if (accepted >= 0) replace(accepted, new (std::nothrow) Buffer);
  return accepted;
}

// The buffer goes first: the number may be another thread's as soon as it is closed.
int tm_libmilter_close(int fd) {
  replace(fd, nullptr);
  return ::close(fd);
}

}  // extern "C"
