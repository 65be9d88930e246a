// SPDX-License-Identifier: BSD-2-Clause
// A load of messages over the milter protocol, as Postfix 3.7 sends them: what needs no
// reply is written together with what does. One message a connection, or more.
//   load SOCKET_PATH MESSAGE_FILE CONNECTIONS MESSAGES PER_CONNECTION accept|REPLY
// Prints the seconds that it took; exits 1 where a verdict is not the expected one.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "util/file.h"
#include "util/handle.h"

namespace {

constexpr std::uint32_t version = 6;
constexpr std::uint32_t all_actions = 0x1ff;
constexpr std::uint32_t all_steps = 0x1fffff;
constexpr std::size_t chunk_size = 65535;

// Which negotiated flag leaves a command out, and which one its reply.
struct Step {
  char command;
  std::uint32_t no;
  std::uint32_t no_reply;
};
constexpr Step steps[] = {{'C', 0x1, 0x1000},   {'H', 0x2, 0x2000},   {'M', 0x4, 0x4000},
                          {'R', 0x8, 0x8000},   {'B', 0x10, 0x80000}, {'L', 0x20, 0x80},
                          {'N', 0x40, 0x40000}, {'T', 0x200, 0x10000}};

std::uint32_t number(const char* octets) {
  std::uint32_t value = 0;
  std::memcpy(&value, octets, sizeof value);
  return ntohl(value);
}

std::string octets(std::uint32_t value) {
  value = htonl(value);
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

struct Reply {
  char command = 0;
  std::string data;
};

struct Message {
  std::vector<std::pair<std::string, std::string>> header;
  std::string body;
};

class Connection {
 public:
  explicit Connection(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("connect");
    put('O', octets(version) + octets(all_actions) + octets(all_steps));
    const Reply answer = reply();
    steps_ = number(answer.data.data() + 8);
  }

  void begin() {
    put('D',
        text({"C", "j", "relay.example", "{daemon_name}", "relay.example", "v", "Postfix 3.7.11"}));
    ask('C', text({"mail.outbound.protection.outlook.com"}) + "4" + std::string("\x61\xa8", 2) +
                 text({"40.107.22.1"}));
    ask('H', text({"mail.outbound.protection.outlook.com"}));
  }

  // The reply that ends the message.
  Reply send(const Message& message) {
    put('D', text({"M", "i", "4F1234", "{mail_addr}", "alice@contoso.com"}));
    if (auto end = ask('M', text({"<alice@contoso.com>"}))) return *end;
    put('D', text({"R", "{rcpt_addr}", "bob@example.net", "{rcpt_mailer}", "smtp"}));
    if (auto end = ask('R', text({"<bob@example.net>"}))) return *end;
    if (auto end = ask('T', "")) return *end;
    for (const auto& [name, value] : message.header) {
      if (auto end = ask('L', text({name, value}))) return *end;
    }
    if (auto end = ask('N', "")) return *end;
    for (std::size_t at = 0; at < message.body.size(); at += chunk_size) {
      if (auto end = ask('B', message.body.substr(at, chunk_size))) {
        if (end->command != 's') return *end;
        break;  // skip
      }
    }
    put('D', text({"E", "i", "4F1234"}));
    put('E', "");
    for (;;) {
      Reply answer = reply();
      if (std::string_view("acdrty").find(answer.command) != std::string_view::npos) return answer;
    }
  }

  void end() {
    put('Q', "");
    flush();
  }
  void abort() { put('A', ""); }

 private:
  static std::string text(std::initializer_list<std::string_view> words) {
    std::string joined;
    for (const std::string_view word : words) (joined += word).push_back('\0');
    // A command's letter stands without an end in a macro packet.
    if (words.size() > 1 && words.begin()->size() == 1) joined.erase(1, 1);
    return joined;
  }

  void put(char command, const std::string& data) {
    out_ += octets(static_cast<std::uint32_t>(data.size() + 1));
    out_ += command;
    out_ += data;
  }

  // The reply, where it is not "continue".
  std::optional<Reply> ask(char command, const std::string& data) {
    for (const Step& step : steps) {
      if (step.command != command) continue;
      if ((steps_ & step.no) != 0) return std::nullopt;
      put(command, data);
      if ((steps_ & step.no_reply) != 0) return std::nullopt;
    }
    Reply answer = reply();
    if (answer.command == 'c') return std::nullopt;
    return answer;
  }

  void flush() {
    for (std::string_view rest = out_; !rest.empty();) {
      const auto sent = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
      if (sent <= 0) throw std::runtime_error("send");
      rest.remove_prefix(static_cast<std::size_t>(sent));
    }
    out_.clear();
  }

  void read(std::string& into, std::size_t size) {
    while (in_.size() < size) {
      char buffer[4096];
      const auto got = ::recv(socket_.get(), buffer, sizeof buffer, 0);
      if (got <= 0) throw std::runtime_error("the filter hung up");
      in_.append(buffer, static_cast<std::size_t>(got));
    }
    into = in_.substr(0, size);
    in_.erase(0, size);
  }

  Reply reply() {
    flush();
    std::string head;
    std::string data;
    read(head, 4);
    read(data, number(head.data()));
    return {data.front(), data.substr(1)};
  }

  util::Descriptor socket_;
  std::uint32_t steps_ = 0;
  std::string out_;
  std::string in_;
};

Message read_message(const std::string& file) {
  const auto text = util::read_file(file);
  if (!text) throw std::runtime_error(text.error().text);
  Message message;
  const auto end = text->find("\r\n\r\n");
  message.body = text->substr(end + 4);
  std::string_view header(text->data(), end + 2);
  while (!header.empty()) {
    auto line_end = header.find("\r\n");
    while (line_end + 2 < header.size() &&
           (header[line_end + 2] == ' ' || header[line_end + 2] == '\t'))
      line_end = header.find("\r\n", line_end + 2);
    const std::string_view field = header.substr(0, line_end);
    const auto colon = field.find(':');
    std::string value;
    for (const char c : field.substr(colon + 1)) {
      if (c != '\r') value.push_back(c);  // folds as Postfix shows them
    }
    message.header.emplace_back(field.substr(0, colon), std::move(value));
    header.remove_prefix(line_end + 2);
  }
  return message;
}

}  // namespace

int main(int count, char** words) {
  if (count != 7) {
    std::fputs(
        "usage: load SOCKET_PATH MESSAGE_FILE CONNECTIONS MESSAGES PER_CONNECTION accept|REPLY\n",
        stderr);
    return 64;
  }
  const std::string path = words[1];
  const Message message = read_message(words[2]);
  const int connections = std::atoi(words[3]);
  const int per_connection = std::atoi(words[5]);
  const std::string expected = words[6];
  std::atomic<int> left = std::atoi(words[4]);
  std::atomic<int> wrong = 0;
  auto work = [&] {
    try {
      while (left.fetch_sub(per_connection) > 0) {
        Connection connection(path);
        connection.begin();
        for (int i = 0; i < per_connection; ++i) {
          const Reply reply = connection.send(message);
          const bool is_accept = reply.command == 'a' || reply.command == 'c';
          if (expected == "accept" ? !is_accept : !reply.data.starts_with(expected)) {
            if (wrong++ == 0)
              std::fprintf(stderr, "got %c %s\n", reply.command, reply.data.c_str());
          }
          if (!is_accept) connection.abort();
        }
        connection.end();
      }
    } catch (const std::exception& fault) {
      if (wrong++ == 0) std::fprintf(stderr, "%s\n", fault.what());
    }
  };
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (int i = 0; i < connections; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  std::printf("%.3f\n", taken.count());
  return wrong == 0 ? 0 : 1;
}
