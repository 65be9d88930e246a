// SPDX-License-Identifier: BSD-2-Clause
// A recursive resolver's answers for benchmarks, over UDP on a free port of 127.0.0.1: TXT
// records of a zone file, "no such name" for all else, each answer later by DELAY_MS.
//   dns ZONE_FILE [DELAY_MS]
// A zone line is `name. TTL IN TXT "text" ...`, each text up to 255 octets and without
// quotes inside. Answers are made once and sent whole, whatever size the asker takes.
// Prints the port; ends with SIGTERM.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "util/file.h"
#include "util/handle.h"

namespace {

using Clock = std::chrono::steady_clock;
using Zone = std::unordered_map<std::string, std::string>;  // by name as in a question, small

constexpr std::size_t header_size = 12;
constexpr std::size_t longest_question = 512;
constexpr int queue_size = 8 << 20;
constexpr std::uint16_t txt = 16;
constexpr std::uint16_t soa = 6;
constexpr std::uint16_t no_such_name = 3;
constexpr std::uint16_t is_answer = 0x8180;  // of a question that wants recursion

std::string u16(std::size_t value) {
  return {static_cast<char>(value >> 8 & 0xff), static_cast<char>(value & 0xff)};
}

std::string u32(std::size_t value) { return u16(value >> 16) + u16(value); }

char small(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

std::string wire_name(std::string_view text) {
  std::string wire;
  while (!text.empty()) {
    const auto dot = text.find('.');
    if (dot == std::string_view::npos || dot == 0 || dot > 63)
      throw std::runtime_error("not a name with an end: " + std::string(text));
    wire += static_cast<char>(dot);
    for (const char c : text.substr(0, dot)) wire += small(c);
    text.remove_prefix(dot + 1);
  }
  return wire + '\0';
}

// The strings of a TXT record, each with its length.
std::string txt_data(std::string_view quoted) {
  std::string data;
  for (auto open = quoted.find('"'); open != std::string_view::npos;) {
    const auto close = quoted.find('"', open + 1);
    const auto text = quoted.substr(open + 1, close - open - 1);
    if (close == std::string_view::npos || text.size() > 255)
      throw std::runtime_error("not a TXT record: " + std::string(quoted));
    data.append(1, static_cast<char>(text.size())).append(text);
    open = quoted.find('"', close + 1);
  }
  return data;
}

// A record whose name is given as wire octets.
std::string record(std::string_view name, std::uint16_t type, std::size_t ttl,
                   std::string_view data) {
  return std::string(name) + u16(type) + u16(1) + u32(ttl) + u16(data.size()) + std::string(data);
}

Zone read_zone(const std::string& file) {
  const auto text = util::read_file(file);
  if (!text) throw std::runtime_error(text.error().text);
  Zone zone;
  for (std::string_view rest = *text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.empty()) continue;
    const auto name_end = line.find(' ');
    const auto quote = line.find(" IN TXT ");
    if (quote == std::string_view::npos) throw std::runtime_error("no TXT: " + std::string(line));
    const auto ttl = std::strtoul(line.data() + name_end, nullptr, 10);
    zone[wire_name(line.substr(0, name_end))] =
        record("\xc0\x0c", txt, ttl, txt_data(line.substr(quote)));
  }
  return zone;
}

// The nearest start of authority is the root's.
const std::string& negative() {
  static const std::string made = [] {
    const std::string name(1, '\0');
    std::string data = name + name;
    for (const std::size_t value : {1, 3600, 600, 86400, 300}) data += u32(value);
    return record(name, soa, 300, data);
  }();
  return made;
}

// Empty for what is no question.
std::string answer(const Zone& zone, std::string_view query) {
  auto at = header_size;
  while (at < query.size() && query[at] != '\0') at += static_cast<unsigned char>(query[at]) + 1U;
  if (at + 5 > query.size()) return {};
  std::string name(query.substr(header_size, at + 1 - header_size));
  for (char& c : name) c = small(c);
  const auto found = zone.find(name);
  const bool is_there = found != zone.end();
  const bool has_answer = is_there && query[at + 2] == static_cast<char>(txt);
  return std::string(query.substr(0, 2)) + u16(is_answer | (is_there ? 0U : no_such_name)) +
         u16(1) + u16(has_answer ? 1 : 0) + u16(has_answer ? 0 : 1) + u16(0) +
         std::string(query.substr(header_size, at + 5 - header_size)) +
         (has_answer ? found->second : negative());
}

struct Later {
  Clock::time_point due;
  sockaddr_in asker;
  std::string octets;
};

class Server {
 public:
  Server(Zone zone, std::chrono::milliseconds delay)
      : zone_(std::move(zone)), delay_(delay), socket_(::socket(AF_INET, SOCK_DGRAM, 0)) {
    sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &queue_size, sizeof queue_size);
    if (::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("bind");
  }

  int port() const {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
  }

  [[noreturn]] void serve() {
    for (;;) {
      wait();
      while (take()) send_due();
      send_due();
    }
  }

 private:
  void wait() {
    pollfd ready{.fd = socket_.get(), .events = POLLIN};
    if (queue_.empty()) {
      ::poll(&ready, 1, -1);
      return;
    }
    const auto left =
        std::chrono::duration_cast<std::chrono::nanoseconds>(queue_.front().due - Clock::now());
    const timespec limit{.tv_sec = 0, .tv_nsec = std::max<long>(left.count(), 0)};
    ::ppoll(&ready, 1, &limit, nullptr);
  }

  // False where no question is there.
  bool take() {
    char query[longest_question];
    sockaddr_in asker{};
    socklen_t size = sizeof asker;
    const auto got = ::recvfrom(socket_.get(), query, sizeof query, MSG_DONTWAIT,
                                reinterpret_cast<sockaddr*>(&asker), &size);
    if (got < 0) return false;
    std::string octets = answer(zone_, {query, static_cast<std::size_t>(got)});
    if (!octets.empty()) queue_.push_back({Clock::now() + delay_, asker, std::move(octets)});
    return true;
  }

  void send_due() {
    for (; !queue_.empty() && queue_.front().due <= Clock::now(); queue_.pop_front()) {
      const Later& first = queue_.front();
      ::sendto(socket_.get(), first.octets.data(), first.octets.size(), 0,
               reinterpret_cast<const sockaddr*>(&first.asker), sizeof first.asker);
    }
  }

  Zone zone_;
  std::chrono::milliseconds delay_;
  util::Descriptor socket_;
  std::deque<Later> queue_;
};

}  // namespace

int main(int count, char** words) {
  if (count != 2 && count != 3) {
    std::fputs("usage: dns ZONE_FILE [DELAY_MS]\n", stderr);
    return 64;
  }
  try {
    Server server(read_zone(words[1]),
                  std::chrono::milliseconds(count == 3 ? std::atoi(words[2]) : 0));
    std::printf("%d\n", server.port());
    std::fflush(stdout);
    server.serve();
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "dns: %s\n", fault.what());
    return 1;
  }
}
