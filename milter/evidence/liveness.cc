// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/liveness.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "milter/evidence/endpoint.h"
#include "util/format.h"

namespace evidence {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int exit_unavailable = 69;

// Option negotiation ('O') as an MTA begins it: version 6 of the protocol, every action
// and every step on offer. 'Q' ends the session. A packet is its length, its command, its data.
constexpr char negotiation_bytes[] =
    "\x00\x00\x00\x0d"
    "O\x00\x00\x00\x06\x00\x00\x01\xff\x00\x1f\xff\xff";
constexpr std::string_view negotiation(negotiation_bytes, sizeof negotiation_bytes - 1);
constexpr std::string_view quit("\x00\x00\x00\x01Q", 5);
constexpr std::size_t command_at = 4;

// A conversation with a deadline for the whole of it.
class Conversation {
 public:
  Conversation(util::Descriptor descriptor, milliseconds within)
      : descriptor_(std::move(descriptor)), deadline_(steady_clock::now() + within) {}

  bool say(std::string_view bytes) {
    while (!bytes.empty()) {
      if (!wait_for(POLLOUT)) return false;
      const ssize_t sent = ::send(descriptor_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
      if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // The next bytes, or fewer with errno: 0 where the other side has ended.
  std::string hear(std::size_t count) {
    std::string heard;
    char buffer[64];
    while (heard.size() < count && wait_for(POLLIN)) {
      const std::size_t most = std::min(count - heard.size(), sizeof buffer);
      const ssize_t got = ::recv(descriptor_.get(), buffer, most, 0);
      if (got > 0) heard.append(buffer, static_cast<std::size_t>(got));
      if (got == 0) errno = 0;
      if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) break;
    }
    return heard;
  }

 private:
  bool wait_for(short event) {
    pollfd poll{descriptor_.get(), event, 0};
    for (;;) {
      const auto left = std::chrono::duration_cast<milliseconds>(deadline_ - steady_clock::now());
      const int ready = ::poll(&poll, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
      if (ready > 0) return true;
      if (ready == 0) errno = ETIMEDOUT;
      if (ready == 0 || errno != EINTR) return false;
    }
  }

  util::Descriptor descriptor_;
  steady_clock::time_point deadline_;
};

}  // namespace

util::Status answers(const std::string& socket, milliseconds within) {
  auto failed = [&](std::string_view what) {
    return util::Error{util::format("{}: {}", socket, what), exit_unavailable};
  };
  const auto endpoint = Endpoint::parse(socket);
  if (!endpoint) return failed("no socket that a milter can have");
  util::Descriptor connected = begin_connect(*endpoint);
  if (!connected) return failed(std::strerror(errno));
  Conversation conversation(std::move(connected), within);
  if (!conversation.say(negotiation)) return failed(std::strerror(errno));
  const std::string reply = conversation.hear(command_at + 1);
  if (reply.size() <= command_at)
    return failed(errno == 0 ? "the connection was closed" : std::strerror(errno));
  if (reply[command_at] != 'O') return failed("what answered is no milter");
  conversation.say(quit);
  return util::Done{};
}

}  // namespace evidence
