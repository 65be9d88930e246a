// SPDX-License-Identifier: BSD-2-Clause
// milter/libmilter/pool: sessions by turns, each with its MTA. libmilter's own part of a session is
// one of the test's: it reads packets of one octet as libmilter would.
#include <sys/socket.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>

#include "milter/libmilter/connections.h"

using namespace std::string_literals;

extern "C" {
int mi_pool_controller_init();
int mi_start_session(smfi_str* session);
ssize_t tm_libmilter_read(int fd, void* into, size_t size);
ssize_t tm_libmilter_writev(int fd, const iovec* parts, int count);
int tm_libmilter_poll(pollfd* polled, nfds_t count, int timeout);
int tm_libmilter_accept(int fd, sockaddr* address, socklen_t* size);
int tm_libmilter_close(int fd);
}

// What libmilter's engine has of a session.
struct smfi_str {
  int fd;
  std::atomic<int> threads{0};  // that are in it
};

namespace {

std::atomic<int> ended{0};
std::atomic<int> crowded{0};  // turns with another thread in the session
std::atomic<int> long_turns{0};

bool is_ready(int fd, int timeout) {
  pollfd polled{fd, POLLIN, 0};
  return tm_libmilter_poll(&polled, 1, timeout) == 1;
}

// A packet as libmilter reads it; its command, or nothing at the end.
std::optional<char> read_packet(int fd) {
  char head[5];
  for (std::size_t got = 0; got < sizeof head;) {
    if (!is_ready(fd, 7'210'000)) return std::nullopt;
    const ssize_t count = tm_libmilter_read(fd, head + got, sizeof head - got);
    if (count <= 0) return std::nullopt;
    got += static_cast<std::size_t>(count);
  }
  return head[4];
}

void reply(int fd, char command) {
  char head[5] = {0, 0, 0, 1, command};
  iovec part{head, sizeof head};
  tm_libmilter_writev(fd, &part, 1);
}

// Of any thread, where Catch2's assertions are not.
void must(bool holds) {
  if (!holds) throw std::runtime_error("pool_test: "s + std::strerror(errno));
}

class Listener {
 public:
  Listener() {
    must(::bind(fd_, reinterpret_cast<sockaddr*>(&address_), sizeof(sa_family_t)) == 0);
    must(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address_), &size_) == 0);
    must(::listen(fd_, 100) == 0);
    must(mi_pool_controller_init() == 0);
  }
  // An MTA's end of a connection whose session has begun.
  int connect() {
    const std::lock_guard held(mutex_);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(::connect(fd, reinterpret_cast<sockaddr*>(&address_), size_) == 0);
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    const int accepted = tm_libmilter_accept(fd_, reinterpret_cast<sockaddr*>(&from), &size);
    must(accepted >= 0);
    must(mi_start_session(new smfi_str{accepted}) == 0);
    return fd;
  }

 private:
  std::mutex mutex_;
  sockaddr_storage address_{.ss_family = AF_UNIX, .__ss_padding = {}, .__ss_align = 0};
  socklen_t size_ = sizeof address_;
  const int fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

Listener& listener() {
  static auto* const one = new Listener;  // the pool's threads go on to the end
  return *one;
}

class Mta {
 public:
  Mta() = default;
  ~Mta() { hang_up(); }
  Mta(const Mta&) = delete;
  Mta& operator=(const Mta&) = delete;

  void hang_up() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  void say(std::string_view bytes) {
    must(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(bytes.size()));
  }
  // The command of the next reply; 0 at the end.
  char hear() {
    char head[5];
    const ssize_t got = ::recv(fd_, head, sizeof head, MSG_WAITALL);
    return got == sizeof head ? head[4] : '\0';
  }
  bool has_ended() {
    char next = 0;
    return ::recv(fd_, &next, 1, MSG_DONTWAIT) == 0;
  }

 private:
  int fd_ = listener().connect();
};

std::string packet(char command) { return "\0\0\0\1"s + command; }

void until(const std::atomic<int>& counted, int count) {
  for (int now = counted; now < count; now = counted) counted.wait(now);
}

}  // namespace

extern "C" {

// 'r' wants a reply, 'n' none, 'q' ends the session.
int mi_engine(smfi_str* session) {
  if (session->threads++ > 0) ++crowded;
  int result = 1;
  int packets = 0;
  while (result == 1 && is_ready(session->fd, 1)) {
    const auto command = read_packet(session->fd);
    if (!command || *command == 'q') result = command ? 0 : -1;
    if (command == 'r') reply(session->fd, 'c');
    if (++packets == 100'000) ++long_turns;
  }
  --session->threads;
  return result;
}

void mi_clr_ctx(smfi_str* session) {
  tm_libmilter_close(session->fd);
  delete session;
  ++ended;
  ended.notify_all();
}

}  // extern "C"

TEST_CASE("each reply comes, and the session ends with its MTA") {
  const int before = ended;
  Mta mta;
  for (int i = 0; i < 100; ++i) {
    mta.say(packet('n') + packet('n') + packet('r'));
    REQUIRE(mta.hear() == 'c');
  }
  mta.hang_up();
  until(ended, before + 1);
}

TEST_CASE("what is said ahead of a reply is not forgotten") {
  Mta mta;
  mta.say(packet('r') + packet('r') + packet('n') + packet('r') + packet('q'));
  for (int i = 0; i < 3; ++i) REQUIRE(mta.hear() == 'c');
  CHECK(mta.hear() == '\0');
}

TEST_CASE("a packet that comes octet by octet holds nobody up") {
  constexpr int many = 64;  // more than there are threads
  std::vector<std::unique_ptr<Mta>> slow;
  for (int i = 0; i < many; ++i) {
    slow.push_back(std::make_unique<Mta>());
    slow.back()->say(packet('r').substr(0, 3));
  }
  Mta quick;
  for (int i = 0; i < 10; ++i) {
    quick.say(packet('r'));
    REQUIRE(quick.hear() == 'c');
  }
  for (const auto& mta : slow) mta->say(packet('r').substr(3, 1));
  for (const auto& mta : slow) mta->say(packet('r').substr(4));
  for (const auto& mta : slow) REQUIRE(mta->hear() == 'c');
}

TEST_CASE("one that talks without end leaves the others their turns") {
  std::atomic<bool> is_enough{false};
  std::vector<std::thread> talkers;
  for (int i = 0; i < 8; ++i) {
    talkers.emplace_back([&] {
      Mta mta;
      std::string much;
      for (int packets = 0; packets < 2000; ++packets) much += packet('n');
      while (!is_enough) mta.say(much);
    });
  }
  Mta quick;
  for (int i = 0; i < 10; ++i) {
    quick.say(packet('r'));
    REQUIRE(quick.hear() == 'c');
  }
  is_enough = true;
  for (std::thread& one : talkers) one.join();
  CHECK(long_turns == 0);
}

TEST_CASE("a session has one thread at a time, whatever number its connection has had") {
  std::vector<std::thread> mtas;
  std::atomic<int> heard{0};
  const int before = ended;
  for (int i = 0; i < 8; ++i) {
    mtas.emplace_back([&] {
      for (int session = 0; session < 300; ++session) {
        Mta mta;
        mta.say(packet('n') + packet('r'));
        if (mta.hear() == 'c') ++heard;
        mta.say(packet('r') + packet('q'));
        if (mta.hear() == 'c') ++heard;
      }
    });
  }
  for (std::thread& one : mtas) one.join();
  until(ended, before + 8 * 300);
  CHECK(heard == 8 * 300 * 2);
  CHECK(crowded == 0);
}

TEST_CASE("an MTA that is silent for too long is hung up on") {
  using milter::Connection;
  const int before = ended;
  Mta silent;
  silent.say(packet('r'));
  REQUIRE(silent.hear() == 'c');
  milter::end_silent(Connection::Clock::now() - std::chrono::hours(1));
  silent.say(packet('r'));
  REQUIRE(silent.hear() == 'c');
  // Its turn may last on after the reply.
  while (!silent.has_ended()) milter::end_silent(Connection::Clock::now() + std::chrono::hours(1));
  until(ended, before + 1);
}
