// SPDX-License-Identifier: BSD-2-Clause
// A connection that libmilter has accepted, and the buffers each way that are before it while a
// thread serves it. It belongs to one thread at a time (pool.cc), but for what is said to be any
// thread's.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <mutex>
#include <string_view>
#include <utility>

#include "milter/libmilter/client_change.h"
#include "milter/libmilter/packet_guard.h"
#include "util/waiting.h"

struct smfi_str;  // a session of libmilter's (mfapi.h)

namespace milter {

constexpr std::chrono::seconds patience{7210};  // as long as libmilter waits for an MTA

// After a call that failed: whether it is to be tried again, once there is room, or input.
inline bool may_go_on(int fd, short event) {
  if (errno == EINTR) return true;
  if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
  constexpr std::chrono::seconds at_a_time{10};  // each is a chance to find another for the seat
  for (auto left = patience; left.count() > 0; left -= at_a_time) {
    util::begin_wait();
    pollfd polled{fd, event, 0};
    const int ready =
        ::poll(&polled, 1, static_cast<int>(std::chrono::milliseconds(at_a_time).count()));
    if (ready != 0) return ready > 0 || errno == EINTR;
  }
  errno = ETIMEDOUT;
  return false;
}

class Input {
 public:
  void open() {
    guard_ = {};
    left_ = 0;
    inserted_ = {};
    has_insertion_ = false;
  }

  bool has_bytes() const { return left_ > 0 || !inserted_.empty(); }
  bool is_between_packets() const { return guard_.is_between_packets(); }
  bool has_inserted() const { return !inserted_.empty(); }

  // Takes what has come; false where nothing has. What a read has to say of a connection that
  // is at its end, or broken, has come too.
  bool fill(int fd) {
    if (keep(::recv(fd, bytes_.data(), bytes_.size(), MSG_DONTWAIT)) >= 0) return true;
    return errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR;
  }

  // Waits where nothing has come. A connection with a packet that libmilter can't bear is broken
  // from there on.
  ssize_t read(int fd, void* into, std::size_t size, ClientChange& change) {
    if (guard_.is_between_packets() && !has_insertion_ && read_head(fd)) {
      inserted_ = change.before(bytes_[at_ + packet_head - 1]);
      has_insertion_ = true;
    }
    const ssize_t got = inserted_.empty() ? take(fd, into, size) : take_inserted(into, size);
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

  static ssize_t receive(int fd, void* into, std::size_t size) {
    ssize_t got = 0;
    do got = ::recv(fd, into, size, MSG_DONTWAIT);
    while (got < 0 && may_go_on(fd, POLLIN));
    return got;
  }

  // Whether a packet's head is in the buffer; false where the connection ends before.
  bool read_head(int fd) {
    if (left_ >= packet_head) return true;
    std::memmove(bytes_.data(), bytes_.data() + at_, left_);
    at_ = 0;
    while (left_ < packet_head) {
      // No more than the head: what a turn may take is counted elsewhere.
      const ssize_t got = receive(fd, bytes_.data() + left_, packet_head - left_);
      if (got <= 0) return false;
      left_ += static_cast<std::size_t>(got);
    }
    return true;
  }

  // libmilter asks for a head, or for its data: never beyond a packet.
  ssize_t take_inserted(void* into, std::size_t size) {
    const std::size_t taken = std::min(size, inserted_.size());
    std::memcpy(into, inserted_.data(), taken);
    inserted_.remove_prefix(taken);
    return static_cast<ssize_t>(taken);
  }

  // So much was put into the buffer, which was empty.
  ssize_t keep(ssize_t got) {
    at_ = 0;
    left_ = static_cast<std::size_t>(std::max<ssize_t>(got, 0));
    return got;
  }

  ssize_t take(int fd, void* into, std::size_t size) {
    has_insertion_ = false;
    if (left_ == 0) {
      if (size >= capacity) return receive(fd, into, size);
      const ssize_t got = keep(receive(fd, bytes_.data(), bytes_.size()));
      if (got <= 0) return got;
    }
    const std::size_t taken = std::min(size, left_);
    std::memcpy(into, bytes_.data() + at_, taken);
    at_ += taken;
    left_ -= taken;
    return static_cast<ssize_t>(taken);
  }

  PacketGuard guard_;
  std::string_view inserted_;   // of packets of ours, what libmilter has not read yet
  bool has_insertion_ = false;  // the packet that comes next has had its own
  std::size_t left_ = 0;
  std::size_t at_ = 0;
  std::array<char, capacity> bytes_{};
};

// Packets that change the message are held: the MTA acts on none before the reply that ends the
// stage, and that one takes them along. A call is for one packet, and sends all of it.
class Output {
 public:
  void open() {
    held_ = 0;
    is_unasked_ = false;
  }
  // The next reply answers a packet that the MTA has not sent: it is dropped.
  void drop_next() { is_unasked_ = true; }

  ssize_t write(int fd, const iovec* parts, int count) {
    std::size_t size = 0;
    for (int i = 0; i < count; ++i) size += parts[i].iov_len;
    if (std::exchange(is_unasked_, false)) return static_cast<ssize_t>(size);
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
      if (sent < 0 && !may_go_on(fd, POLLOUT)) return false;
      if (sent <= 0) continue;
      bytes += sent;
      size -= static_cast<std::size_t>(sent);
    }
    return true;
  }

  std::size_t held_ = 0;  // octets
  bool is_unasked_ = false;
  std::array<char, 4096> bytes_{};
};

// What a thread has for the connection that it serves. A turn ends between two packets, with
// nothing left in the buffers: the next connection finds them in the processor's cache.
struct Turn {
  Input input;
  Output output;
  int takes_left = 0;  // of the input
};
inline constinit thread_local Turn own_turn;

// It stays for the next connection of the same descriptor.
class Connection {
 public:
  using Clock = std::chrono::steady_clock;
  using Time = Clock::time_point;

  explicit Connection(int fd) : fd_(fd) {}

  void open(bool is_local) {
    const std::lock_guard held(mutex_);
    is_local_ = is_local;
    change_ = {};
    waits_since_ = never;
    is_open_.store(true, std::memory_order_release);
  }
  // Before the descriptor is: its number may be another connection's then.
  void close() {
    const std::lock_guard held(mutex_);
    is_open_.store(false, std::memory_order_release);
  }
  bool is_open() const { return is_open_.load(std::memory_order_acquire); }  // any thread
  bool is_local() const { return is_local_; }                                // of a Unix socket
  int fd() const { return fd_; }

  // Before it begins to wait for the first time.
  void set_session(smfi_str* session, int seat) {
    session_ = session;
    seat_ = seat;
  }
  smfi_str* session() const { return session_; }
  int seat() const { return seat_; }  // of the crew

  // From here on it is any thread's that begins a turn, which sees what this one has written.
  void begin_wait() { waits_since_ = Clock::now(); }
  void begin_turn() {
    waits_since_.exchange(never);
    own_turn.input.open();
    own_turn.output.open();
    own_turn.takes_left = max_takes;
  }

  // All four in a turn. Whether it goes on: within a packet; else with what has come, but not once
  // the MTA has its answer, or has had its share.
  bool goes_on() {
    if (!own_turn.input.is_between_packets() || own_turn.input.has_bytes()) return true;
    if (own_turn.takes_left == 0) return false;
    --own_turn.takes_left;
    return own_turn.input.fill(fd_);
  }
  ssize_t read(void* into, std::size_t size) {
    const ssize_t got = own_turn.input.read(fd_, into, size, change_);
    if (own_turn.input.has_inserted()) own_turn.output.drop_next();
    return got;
  }
  ssize_t write(const iovec* parts, int count) {
    own_turn.takes_left = 0;
    return own_turn.output.write(fd_, parts, count);
  }
  // What its MTA says from now on is not heard: its end is.
  void hang_up() {
    begin_turn();
    ::shutdown(fd_, SHUT_RDWR);
  }
  // Any thread.
  void end_if_silent(Time since) {
    const std::lock_guard held(mutex_);
    if (is_open() && waits_since_.load() < since) ::shutdown(fd_, SHUT_RDWR);
  }

 private:
  static constexpr Time never = Time::max();
  static constexpr int max_takes = 4;  // of the input buffer, a turn

  const int fd_;
  std::mutex mutex_;  // of what end_if_silent needs
  std::atomic<bool> is_open_{false};
  std::atomic<Time> waits_since_{never};
  bool is_local_ = false;
  ClientChange change_;
  smfi_str* session_ = nullptr;
  int seat_ = 0;
};

}  // namespace milter
