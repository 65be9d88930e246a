// SPDX-License-Identifier: BSD-2-Clause
#include "tests/bench/packets.h"

#include <arpa/inet.h>

#include <cstring>
#include <initializer_list>
#include <stdexcept>
#include <string_view>

namespace bench {

namespace {

constexpr std::uint32_t version = 6;
constexpr std::uint32_t all_actions = 0x1ff;
constexpr std::uint32_t all_steps = 0x1fffff;
constexpr std::size_t chunk_size = 65535;
constexpr std::size_t longest_reply = 1 << 20;

// Which negotiated flag leaves a command out, and which one its reply.
struct Step {
  char command;
  std::uint32_t no;
  std::uint32_t no_reply;
};
constexpr Step known_steps[] = {
    {'C', 0x1, 0x1000},          {'H', 0x2, 0x2000}, {'M', 0x4, 0x4000},   {'R', 0x8, 0x8000},
    {body_chunk, 0x10, 0x80000}, {'L', 0x20, 0x80},  {'N', 0x40, 0x40000}, {'T', 0x200, 0x10000}};

std::uint32_t number(const char* octets) {
  std::uint32_t value = 0;
  std::memcpy(&value, octets, sizeof value);
  return ntohl(value);
}

std::string octets(std::uint32_t value) {
  value = htonl(value);
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

std::string packet(char command, std::string_view data) {
  return octets(static_cast<std::uint32_t>(data.size() + 1)).append(1, command).append(data);
}

std::string strings(std::initializer_list<std::string_view> words) {
  std::string joined;
  for (const std::string_view word : words) joined.append(word).push_back('\0');
  return joined;
}

class Writer {
 public:
  explicit Writer(std::uint32_t steps) : steps_(steps) {}

  void macros(char command, std::initializer_list<std::string_view> words) {
    next_.octets += packet('D', std::string(1, command) + strings(words));
  }

  void command(char command, std::string_view data) {
    for (const Step& step : known_steps) {
      if (step.command != command) continue;
      if ((steps_ & step.no) != 0) return;
      next_.octets += packet(command, data);
      if ((steps_ & step.no_reply) == 0) cut(command);
    }
  }

  void last() {
    next_.octets += packet(end_of_message, "");
    cut(end_of_message);
  }

  // What stands so far is written apart.
  void cut(char asked = 0) {
    if (next_.octets.empty()) return;
    next_.asked = asked;
    parts_.push_back(std::move(next_));
    next_ = Part();
  }

  std::vector<Part> parts() { return std::move(parts_); }

 private:
  std::uint32_t steps_;
  Part next_;
  std::vector<Part> parts_;
};

void write_connection(const Message& message, Writer& out) {
  constexpr std::string_view host = "mail.outbound.protection.outlook.com";
  constexpr std::string_view port = "\x61\xa8";
  out.macros('C', {"j", "relay.example", "{daemon_name}", "relay.example", "v", "Postfix 3.7.11"});
  out.command('C', strings({host}).append("4").append(port) + strings({message.client}));
  out.command('H', strings({host}));
}

void write_envelope(const Message& message, Writer& out) {
  const std::string_view sender = message.sender;
  const std::string_view recipient = message.recipient;
  out.macros('M', {"i", "4F1234", "{mail_addr}", sender.substr(1, sender.size() - 2)});
  out.command('M', strings({sender}));
  out.macros('R',
             {"{rcpt_addr}", recipient.substr(1, recipient.size() - 2), "{rcpt_mailer}", "smtp"});
  out.command('R', strings({recipient}));
  out.command('T', "");
}

}  // namespace

std::string negotiation() {
  return packet('O', octets(version) + octets(all_actions) + octets(all_steps));
}

std::uint32_t negotiated(const Reply& answer) {
  if (answer.command != 'O' || answer.data.size() < 12)
    throw std::runtime_error("the filter negotiates nothing");
  return number(answer.data.data() + 8);
}

std::vector<Part> script(const Message& message, std::uint32_t steps, bool is_first) {
  Writer out(steps);
  if (is_first) write_connection(message, out);
  write_envelope(message, out);
  out.cut();
  for (const auto& [name, value] : message.header) out.command('L', strings({name, value}));
  out.command('N', "");
  const std::string_view body = message.body;
  for (std::size_t at = 0; at < body.size(); at += chunk_size)
    out.command(body_chunk, body.substr(at, chunk_size));
  out.macros(end_of_message, {"i", "4F1234"});
  out.last();
  return out.parts();
}

std::string abort_packet() { return packet('A', ""); }
std::string quit_packet() { return packet('Q', ""); }

std::optional<Reply> take_reply(std::string& received) {
  if (received.size() < 4) return std::nullopt;
  const std::size_t size = number(received.data());
  if (size == 0 || size > longest_reply) throw std::runtime_error("the filter's reply has no size");
  if (received.size() < 4 + size) return std::nullopt;
  Reply reply{received[4], received.substr(5, size - 1)};
  received.erase(0, 4 + size);
  return reply;
}

}  // namespace bench
