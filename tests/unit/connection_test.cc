// SPDX-License-Identifier: BSD-2-Clause
// milter/libmilter/connection: what is written to an MTA, and when.
#include "milter/libmilter/connection.h"

#include <catch2/catch.hpp>
#include <string>
#include <thread>

using namespace std::string_literals;

namespace {

// The two ends of a connection.
struct Pair {
  Pair() { REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0); }
  ~Pair() {
    ::close(ends[0]);
    if (ends[1] >= 0) ::close(ends[1]);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  // What has come at the MTA's end.
  std::string come() {
    std::string all;
    char bytes[65536];
    for (ssize_t got = 0; (got = ::recv(ends[1], bytes, sizeof bytes, MSG_DONTWAIT)) > 0;)
      all.append(bytes, static_cast<std::size_t>(got));
    return all;
  }
  int ends[2];
};

// As libmilter writes it: length and command, then the data. (The length is not looked at.)
ssize_t write(milter::Output& output, int fd, char command, std::string data) {
  std::string head = "\0\0\0\1"s + command;
  iovec parts[] = {{head.data(), head.size()}, {data.data(), data.size()}};
  return output.write(fd, parts, 2);
}

std::string packet(char command, const std::string& data) { return "\0\0\0\1"s + command + data; }

}  // namespace

TEST_CASE("a reply goes out at once") {
  Pair pair;
  milter::Output output;
  output.open();
  CHECK(write(output, pair.ends[0], 'c', "") == 5);
  CHECK(pair.come() == packet('c', ""));
}

TEST_CASE("changes go out with the reply that ends the stage, in their order") {
  Pair pair;
  milter::Output output;
  output.open();
  for (const char command : {'m', 'i', 'q'}) {
    CHECK(write(output, pair.ends[0], command, "data") == 9);
    CHECK(pair.come().empty());
  }
  CHECK(write(output, pair.ends[0], 'a', "") == 5);
  CHECK(pair.come() ==
        packet('m', "data") + packet('i', "data") + packet('q', "data") + packet('a', ""));
  CHECK(write(output, pair.ends[0], 'p', "") == 5);  // nothing is left of them
  CHECK(pair.come() == packet('p', ""));
}

TEST_CASE("the next connection gets nothing of the last one's changes") {
  Pair pair;
  milter::Output output;
  output.open();
  write(output, pair.ends[0], 'i', "data");
  output.open();
  write(output, pair.ends[0], 'c', "");
  CHECK(pair.come() == packet('c', ""));
}

TEST_CASE("more than the buffer holds goes out in its order") {
  Pair pair;
  milter::Output output;
  output.open();
  std::string expected;
  for (const std::size_t size : {10UL, 4090UL, 100UL, 4091UL, 5000UL, 60000UL, 3UL}) {
    const std::string data(size, 'x');
    CHECK(write(output, pair.ends[0], 'i', data) == static_cast<ssize_t>(size) + 5);
    expected += packet('i', data);
  }
  write(output, pair.ends[0], 'c', "");
  CHECK(pair.come() == expected + packet('c', ""));
}

TEST_CASE("a write waits for an MTA that reads slowly, and loses nothing") {
  Pair pair;
  milter::Output output;
  output.open();
  const std::string data(3 << 20, 'x');
  std::string got;
  std::thread mta([&] {
    char bytes[4096];
    while (got.size() < data.size() + 5) {
      const ssize_t count = ::read(pair.ends[1], bytes, sizeof bytes);
      if (count <= 0) break;
      got.append(bytes, static_cast<std::size_t>(count));
    }
  });
  CHECK(write(output, pair.ends[0], 'i', data) == static_cast<ssize_t>(data.size()) + 5);
  mta.join();
  CHECK(got == packet('i', data));
}

TEST_CASE("an MTA that has gone is an error, and no signal") {
  Pair pair;
  ::close(std::exchange(pair.ends[1], -1));
  milter::Output output;
  output.open();
  CHECK(write(output, pair.ends[0], 'i', "data") == 9);
  CHECK(write(output, pair.ends[0], 'a', "") == -1);
  CHECK(errno == EPIPE);
}

TEST_CASE("input is taken from the buffer, however libmilter cuts it") {
  Pair pair;
  const std::string sent = "\0\0\0\2H?"s + "\0\0\0\1N"s;
  REQUIRE(::write(pair.ends[1], sent.data(), sent.size()) == static_cast<ssize_t>(sent.size()));
  milter::Input input;
  milter::ClientChange change;
  input.open();
  CHECK_FALSE(input.has_bytes());
  CHECK(input.fill(pair.ends[0]));
  std::string got;
  char bytes[4];
  while (input.has_bytes()) {
    const ssize_t count = input.read(pair.ends[0], bytes, sizeof bytes, change);
    REQUIRE(count > 0);
    got.append(bytes, static_cast<std::size_t>(count));
  }
  CHECK(got == sent);
  CHECK_FALSE(input.fill(pair.ends[0]));  // nothing has come
  ::close(std::exchange(pair.ends[1], -1));
  CHECK(input.fill(pair.ends[0]));
  CHECK(input.read(pair.ends[0], bytes, sizeof bytes, change) == 0);
}

// All that libmilter is given of these packets, which it reads as it does: head and data apart.
namespace {

std::string framed(char command, const std::string& data) {
  return "\0\0\0"s + static_cast<char>(data.size() + 1) + command + data;
}

std::string given(const std::string& sent) {
  Pair pair;
  REQUIRE(::write(pair.ends[1], sent.data(), sent.size()) == static_cast<ssize_t>(sent.size()));
  ::close(std::exchange(pair.ends[1], -1));
  milter::Input input;
  milter::ClientChange change;
  input.open();
  std::string got;
  for (;;) {
    std::string head(5, '\0');
    const ssize_t count = input.read(pair.ends[0], head.data(), head.size(), change);
    if (count <= 0) return got;
    got += head.substr(0, static_cast<std::size_t>(count));
    if (count < 5) continue;
    std::string data(static_cast<std::size_t>(head[3]) - 1, '\0');
    if (data.empty()) continue;
    REQUIRE(input.read(pair.ends[0], data.data(), data.size(), change) ==
            static_cast<ssize_t>(data.size()));
    got += data;
  }
}

}  // namespace

TEST_CASE("an announcement of the next client is one that libmilter takes") {
  const std::string o = framed('O', "xxxxxxxxxxxx");
  const std::string d = framed('D', "C");
  const std::string c = framed('C', "host");
  const std::string m = framed('M', "<a@b>");
  const std::string k = framed('K', "");
  const std::string u = framed('U', "\0"s);
  CHECK(given(o + d + c + m) == o + d + c + m);
  CHECK(given(o + c + m + k + d + c + m) == o + c + m + u + k + d + c + m);
  CHECK(given(o + c + m + c + m) == o + c + m + u + k + c + m);
  CHECK(given(o + c + m + d + c + m) == o + c + m + d + u + k + c + m);
  CHECK(given(c + m + c) == c + m + c);  // without negotiation it has no client
  CHECK(given(o + k + k + c) == o + u + k + u + k + c);
  CHECK(given(o + c + k + m) == o + c + u + k + m);
  // A connection that ends within a head.
  CHECK(given(o + k.substr(0, 3)) == o + k.substr(0, 3));
}
