// SPDX-License-Identifier: BSD-2-Clause
// A connection that libmilter has accepted, behind a buffer each way. It belongs to one thread
// at a time (libmilter moves it under its own lock), but for what is atomic.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>

#include "milter/libmilter/packet_guard.h"

namespace milter {

class Input {
 public:
  void open() {
    guard_ = {};
    left_ = 0;
  }

  bool has_bytes() const { return left_.load(std::memory_order_acquire) > 0; }

  // Takes what has come; false where nothing has. What a read has to say of a connection that
  // is at its end, or broken, has come too.
  bool fill(int fd) {
    if (receive(fd, MSG_DONTWAIT) >= 0) return true;
    return errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR;
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
  // More than an envelope and a header of common size; a body comes in chunks of up to 64 KiB,
  // which are read past the buffer.
  static constexpr std::size_t capacity = 16 * 1024;

  // Into the buffer, which is empty.
  ssize_t receive(int fd, int flags) {
    const ssize_t got = ::recv(fd, bytes_.data(), bytes_.size(), flags);
    if (got < 0) return got;
    at_ = 0;
    left_.store(static_cast<std::size_t>(got), std::memory_order_release);
    return got;
  }

  ssize_t take(int fd, void* into, std::size_t size) {
    std::size_t left = left_.load(std::memory_order_relaxed);
    if (left == 0) {
      if (size >= capacity) return ::read(fd, into, size);
      const ssize_t got = receive(fd, 0);
      if (got <= 0) return got;
      left = static_cast<std::size_t>(got);
    }
    const std::size_t taken = std::min(size, left);
    std::memcpy(into, bytes_.data() + at_, taken);
    at_ += taken;
    left_.store(left - taken, std::memory_order_release);
    return static_cast<ssize_t>(taken);
  }

  PacketGuard guard_;
  std::atomic<std::size_t> left_{0};
  std::size_t at_ = 0;
  std::array<char, capacity> bytes_;
};

// Packets that change the message are held: the MTA acts on none before the reply that ends the
// stage, and that one takes them along. A call is for one packet, and sends all of it.
class Output {
 public:
  void open() { held_ = 0; }

  ssize_t write(int fd, const iovec* parts, int count) {
    std::size_t size = 0;
    for (int i = 0; i < count; ++i) size += parts[i].iov_len;
    if (size > bytes_.size() - held_ && !send_held(fd)) return -1;
    const bool is_held = size <= bytes_.size();
    for (int i = 0; i < count; ++i) {
      if (is_held)
        hold(parts[i]);
      else if (!send(fd, static_cast<const char*>(parts[i].iov_base), parts[i].iov_len))
        return -1;
    }
    if (is_held && !is_change(parts[0]) && !send_held(fd)) return -1;
    return static_cast<ssize_t>(size);
  }

 private:
  static constexpr int patience = 7'210'000;  // milliseconds, as long as libmilter waits for an MTA

  // SMFIR_CHGHEADER, SMFIR_INSHEADER, SMFIR_QUARANTINE: the octet after the packet's length.
  static bool is_change(const iovec& head) {
    constexpr std::string_view changes = "miq";
    return head.iov_len == 5 &&
           changes.find(static_cast<const char*>(head.iov_base)[4]) != std::string_view::npos;
  }

  void hold(const iovec& part) {
    std::memcpy(bytes_.data() + held_, part.iov_base, part.iov_len);
    held_ += part.iov_len;
  }

  bool send_held(int fd) { return send(fd, bytes_.data(), std::exchange(held_, 0)); }

  static bool send(int fd, const char* bytes, std::size_t size) {
    while (size > 0) {
      const ssize_t sent = ::send(fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent < 0 && !may_go_on(fd)) return false;
      if (sent <= 0) continue;
      bytes += sent;
      size -= static_cast<std::size_t>(sent);
    }
    return true;
  }

  // After a send that failed: whether it is to be tried again, once there is room.
  static bool may_go_on(int fd) {
    if (errno == EINTR) return true;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
    pollfd polled{fd, POLLOUT, 0};
    const int ready = ::poll(&polled, 1, patience);
    if (ready == 0) errno = ETIMEDOUT;
    return ready > 0 || (ready < 0 && errno == EINTR);
  }

  std::size_t held_ = 0;  // octets
  std::array<char, 4096> bytes_;
};

// It stays for the next connection of the same descriptor.
class Connection {
 public:
  void open(bool is_local) {
    // What the thread that closed the one before has written is seen from here on.
    [[maybe_unused]] const bool is_closed = !is_open_.load(std::memory_order_acquire);
    input.open();
    output.open();
    is_local_ = is_local;
    is_open_.store(true, std::memory_order_release);
  }
  void close() { is_open_.store(false, std::memory_order_release); }
  bool is_open() const { return is_open_.load(std::memory_order_acquire); }
  bool is_local() const { return is_local_; }  // of a Unix socket

  Input input;
  Output output;

 private:
  std::atomic<bool> is_open_{false};
  bool is_local_ = false;
};

}  // namespace milter
