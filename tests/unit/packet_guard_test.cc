// SPDX-License-Identifier: BSD-2-Clause
// Which packets libmilter is kept from, however they are cut into reads.
#include "milter/libmilter/packet_guard.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace std::string_literals;

namespace {

std::string packet(char command, const std::string& data) {
  const auto size = static_cast<char>(data.size() + 1);
  return "\0\0\0"s + size + command + data;
}

// The same for every size of read.
bool passes(const std::string& bytes) {
  std::vector<bool> answers;
  for (const std::size_t size : {std::size_t{1}, std::size_t{2}, std::size_t{5}, bytes.size()}) {
    milter::PacketGuard guard;
    bool is_sound = true;
    for (std::size_t at = 0; at < bytes.size(); at += size)
      is_sound = guard.may_pass(std::string_view(bytes).substr(at, size));
    answers.push_back(is_sound);
  }
  for (const bool answer : answers) CHECK(answer == answers.front());
  return answers.front();
}

const std::string pairs = packet('D', "Mi\0004Q\0v\0Postfix\0"s);
const std::string odd = packet('D', "Mi\0"s);

}  // namespace

TEST_CASE("names with their values pass, and whatever is no macro") {
  CHECK(passes(pairs));
  CHECK(passes(packet('D', "M")));
  CHECK(passes(packet('D', "")));
  CHECK(passes(packet('L', "From\0"s)));
  CHECK(passes(pairs + packet('B', "\0\0\0"s) + packet('N', "") + pairs));
  CHECK(passes("\0\0\0\0D"s));
}

TEST_CASE("a name without a value does not, nor anything after it") {
  CHECK_FALSE(passes(odd));
  CHECK_FALSE(passes(packet('D', "Mi\0004Q\0v\0"s)));
  CHECK_FALSE(passes(pairs + odd));
  CHECK_FALSE(passes(odd + pairs));
}

TEST_CASE("a packet that has not ended is not judged yet") {
  milter::PacketGuard guard;
  CHECK(guard.may_pass(odd.substr(0, odd.size() - 1)));
  CHECK_FALSE(guard.may_pass("\0"s));
}

TEST_CASE("a length over the limit does not pass, nor one that libmilter takes for negative") {
  auto head = [](const char* length) { return std::string(length, 4) + "L"; };
  CHECK(passes(head("\x01\x00\x00\x01")));  // 16 MiB of data
  CHECK_FALSE(passes(head("\x01\x00\x00\x02")));
  CHECK_FALSE(passes(head("\x7f\xff\xff\xff")));
  CHECK_FALSE(passes(head("\x80\x00\x00\x00")));
  CHECK_FALSE(passes(head("\xff\xff\xff\xff") + odd));
  CHECK_FALSE(passes(pairs + head("\x80\x00\x00\x05")));
}
