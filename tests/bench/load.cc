// SPDX-License-Identifier: BSD-2-Clause
// A load of messages over the milter protocol from one thread, so that it costs little
// beside the filter that is measured. Messages of the scenario are sent in turn; every
// verdict is checked. A message's time is from its first octet (of a connection's first
// message: from before the connect) to the reply that ends it.
// SIGTERM ends it before its time. Prints one JSON object; exits 1 where a verdict is wrong or the
// filter fails.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/bench/packets.h"
#include "tests/bench/scenario.h"
#include "util/arguments.h"
#include "util/handle.h"

namespace {

using Clock = std::chrono::steady_clock;
using Microseconds = std::chrono::duration<double, std::micro>;

volatile std::sig_atomic_t is_ended = 0;

constexpr int patience_ms = 60'000;
constexpr std::size_t read_size = 16'384;

constexpr util::Flag flags[] = {
    {'c', "connections", "NUMBER", false, "Connections at a time (default 8)."},
    {'n', "messages", "NUMBER", false, "Messages in all (default 1000)."},
    {'p', "per-connection", "NUMBER", false, "Messages a connection (default 1)."},
    {'s', "seconds", "NUMBER", false, "Ends after this time, whatever the number of messages."},
    {'r', "rate", "NUMBER", false, "Messages a second at most, each on a connection of its own."},
    {'a', "accept-all", "", false, "Every message is to be accepted, whatever the scenario says."},
    {'m', "must-add", "TEXT", true, "What fields that are added to each accepted message say."},
    {'t', "times", "FILE", false, "Gets a line a message: when it began (ns), how long (us)."}};

struct Options {
  std::string socket;
  int connections;
  long messages;
  int per_connection;
  double seconds;
  double rate;  // 0: as many as the filter takes
  bool accept_all;
  std::vector<std::string> must_add;
};

struct Time {
  Clock::time_point began;
  Microseconds taken;
};

// What is shared by the connections: what is still to be sent, and what came of it.
class Work {
 public:
  Work(Options wanted, const std::vector<bench::Message>& messages)
      : options(std::move(wanted)), messages_(messages), scripts_(2 * messages.size()) {
    if (options.seconds > 0)
      deadline_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                     std::chrono::duration<double>(options.seconds));
  }

  bool is_left() const {
    return is_ended == 0 && begun_ < options.messages && Clock::now() < deadline_;
  }
  // Whether the next message may begin, at the rate that is wanted.
  bool is_due() const {
    const std::chrono::duration<double> passed = Clock::now() - start_;
    return options.rate <= 0 || static_cast<double>(begun_) < passed.count() * options.rate;
  }
  const bench::Message& next() {
    return messages_[static_cast<std::size_t>(begun_++) % messages_.size()];
  }

  // Every filter negotiates the same with each connection.
  const std::vector<bench::Part>& script(const bench::Message& message, std::uint32_t steps,
                                         bool is_first) {
    const auto index = 2 * static_cast<std::size_t>(&message - messages_.data()) + is_first;
    if (scripts_[index].empty()) scripts_[index] = bench::script(message, steps, is_first);
    return scripts_[index];
  }

  void finish(const bench::Message& message, const bench::Reply& reply, const std::string& added,
              Time time) {
    times.push_back(time);
    const bool is_accept = reply.command == 'a' || reply.command == 'c';
    const bool is_to_be = options.accept_all || message.expected == "accept";
    bool is_right = is_to_be ? is_accept : reply.data.starts_with(message.expected);
    if (is_accept && is_to_be) {
      for (const std::string& text : options.must_add)
        is_right = is_right && added.find(text) != std::string::npos;
    }
    if (!is_right && wrong++ == 0)
      std::fprintf(stderr, "from %s: got %c %s, added %s\n", message.sender.c_str(), reply.command,
                   reply.data.c_str(), added.c_str());
  }

  const Options options;
  std::vector<Time> times;
  long wrong = 0;

 private:
  const std::vector<bench::Message>& messages_;
  std::vector<std::vector<bench::Part>> scripts_;
  long begun_ = 0;
  const Clock::time_point start_ = Clock::now();
  Clock::time_point deadline_ = Clock::time_point::max();
};

class Connection {
 public:
  Connection(Work& work, int poll) : work_(work), poll_(poll) {}

  // Takes the first message of a new connection.
  void begin() {
    socket_ = util::Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket_) throw std::runtime_error("socket");
    received_.clear();
    sent_ = 0;
    parts_ = nullptr;
    message_ = &work_.next();
    began_ = Clock::now();
  }

  // Connects. False: the filter's queue is full, try again.
  bool connect() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    work_.options.socket.copy(address.sun_path, sizeof address.sun_path - 1);
    if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
        0) {
      if (errno == EAGAIN) return false;
      throw std::runtime_error("can't connect to " + work_.options.socket);
    }
    watch(EPOLL_CTL_ADD, EPOLLIN);
    write(negotiation_);
    return true;
  }

  // Goes on as far as the filter lets it. False: the connection has ended.
  bool advance() {
    flush();
    while (rest_.empty() && receive()) {
      while (auto reply = bench::take_reply(received_)) {
        if (!take(*reply)) return false;
      }
    }
    return true;
  }

 private:
  // False: the connection has ended.
  bool take(bench::Reply& reply) {
    if (parts_ == nullptr) {
      steps_ = bench::negotiated(reply);
      start(true);
      return true;
    }
    if (std::string_view("hi").find(reply.command) != std::string_view::npos) {
      for (const char c : reply.data) added_.push_back(c == '\0' ? ' ' : c);
      return true;
    }
    if (std::string_view("acdrtys").find(reply.command) == std::string_view::npos)
      return true;  // another edit, or progress
    const char asked = (*parts_)[part_ - 1].asked;
    if (reply.command == 'c' && asked != bench::end_of_message) {
      put_parts();
      return true;
    }
    if (reply.command == 's' && asked == bench::body_chunk) {
      part_ = parts_->size() - 1;
      put_parts();
      return true;
    }
    return end_message(reply, asked);
  }

  bool end_message(const bench::Reply& reply, char asked) {
    const auto now = Clock::now();
    work_.finish(*message_, reply, added_, {began_, now - began_});
    const bool is_aborted = asked != bench::end_of_message;
    if (++sent_ < work_.options.per_connection && work_.is_left()) {
      if (is_aborted) write(abort_);
      message_ = &work_.next();
      began_ = now;
      start(false);
      return true;
    }
    // The filter may have gone by now: it has answered all.
    const std::string farewell = (is_aborted ? abort_ : "") + quit_;
    (void)::send(socket_.get(), farewell.data(), farewell.size(), MSG_NOSIGNAL);
    socket_.reset();
    return false;
  }

  void start(bool is_first) {
    added_.clear();
    parts_ = &work_.script(*message_, steps_, is_first);
    part_ = 0;
    put_parts();
  }

  // Writes up to where the filter must answer.
  void put_parts() {
    do {
      write((*parts_)[part_++].octets);
    } while ((*parts_)[part_ - 1].asked == 0);
  }

  void write(std::string_view octets) {
    if (rest_.empty() && late_.empty()) {
      rest_ = octets;
      flush();
    } else {
      late_.push_back(octets);
    }
  }

  void flush() {
    while (!rest_.empty()) {
      const auto sent = ::send(socket_.get(), rest_.data(), rest_.size(), MSG_NOSIGNAL);
      if (sent < 0) {
        if (errno != EAGAIN) throw std::runtime_error("the filter hung up");
        watch(EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
        return;
      }
      rest_.remove_prefix(static_cast<std::size_t>(sent));
      if (rest_.empty() && !late_.empty()) {
        rest_ = late_.front();
        late_.erase(late_.begin());
      }
    }
    if (watched_ != EPOLLIN) watch(EPOLL_CTL_MOD, EPOLLIN);
  }

  // False where nothing is there.
  bool receive() {
    char buffer[read_size];
    const auto got = ::recv(socket_.get(), buffer, sizeof buffer, 0);
    if (got < 0 && errno == EAGAIN) return false;
    if (got <= 0) throw std::runtime_error("the filter hung up");
    received_.append(buffer, static_cast<std::size_t>(got));
    return true;
  }

  void watch(int what, std::uint32_t events) {
    epoll_event event{.events = events, .data = {.ptr = this}};
    if (::epoll_ctl(poll_, what, socket_.get(), &event) != 0) throw std::runtime_error("epoll_ctl");
    watched_ = events;
  }

  const std::string negotiation_ = bench::negotiation();
  const std::string abort_ = bench::abort_packet();
  const std::string quit_ = bench::quit_packet();
  Work& work_;
  int poll_;
  util::Descriptor socket_;
  std::uint32_t watched_ = 0;
  std::uint32_t steps_ = 0;
  int sent_ = 0;  // messages of this connection
  const bench::Message* message_ = nullptr;
  const std::vector<bench::Part>* parts_ = nullptr;
  std::size_t part_ = 0;   // the next one to be written
  std::string added_;      // by the filter, to this message
  std::string_view rest_;  // still to be written, of strings that stay
  std::vector<std::string_view> late_;
  std::string received_;
  Clock::time_point began_;
};

// All connections, each opened anew until no message is left.
class Load {
 public:
  explicit Load(Work& work) : work_(work), poll_(::epoll_create1(EPOLL_CLOEXEC)) {}

  void run() {
    for (int i = 0; i < work_.options.connections && work_.is_left(); ++i) {
      connections_.push_back(std::make_unique<Connection>(work_, poll_.get()));
      begin(*connections_.back());
    }
    events_.resize(connections_.size());
    while (open_ > 0 || is_to_try_again()) {
      const auto refused = std::move(refused_);
      refused_.clear();
      for (Connection* const connection : refused) connect(*connection);
      for (Connection* const connection : std::exchange(early_, {})) begin(*connection);
      if (open_ > 0 || is_to_try_again()) wait();
    }
  }

 private:
  void begin(Connection& connection) {
    if (!work_.is_left()) return;
    if (!work_.is_due()) return early_.push_back(&connection);
    connection.begin();
    connect(connection);
  }

  bool is_to_try_again() const { return !refused_.empty() || !early_.empty(); }

  void connect(Connection& connection) {
    if (refused_.empty() && connection.connect()) {
      ++open_;
    } else {
      refused_.push_back(&connection);
    }
  }

  void wait() {
    const int count = ::epoll_wait(poll_.get(), events_.data(), static_cast<int>(events_.size()),
                                   is_to_try_again() ? 1 : patience_ms);
    if (count == 0 && !is_to_try_again()) throw std::runtime_error("the filter does not answer");
    for (int i = 0; i < count; ++i) {
      auto& connection = *static_cast<Connection*>(events_[static_cast<std::size_t>(i)].data.ptr);
      if (connection.advance()) continue;
      --open_;
      begin(connection);
    }
  }

  Work& work_;
  util::Descriptor poll_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> refused_;  // by the filter, whose queue is full
  std::vector<Connection*> early_;    // whose next message is not due
  std::size_t open_ = 0;
  std::vector<epoll_event> events_;
};

void print(const std::vector<Time>& times, double seconds) {
  std::vector<double> sorted;
  for (const Time& time : times) sorted.push_back(time.taken.count());
  std::sort(sorted.begin(), sorted.end());
  const auto at = [&](double share) {
    return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
  };
  std::printf(
      "{\"messages\": %zu, \"seconds\": %.6f, \"rate\": %.1f, \"p50_us\": %.0f, "
      "\"p95_us\": %.0f, \"p99_us\": %.0f, \"max_us\": %.0f}\n",
      sorted.size(), seconds, static_cast<double>(sorted.size()) / seconds, at(0.5), at(0.95),
      at(0.99), at(1));
}

void write_times(const std::string& path, const std::vector<Time>& times) {
  std::ofstream file(path);
  for (const Time& time : times) {
    const std::chrono::nanoseconds began = time.began.time_since_epoch();
    file << began.count() << ' ' << static_cast<long>(time.taken.count()) << '\n';
  }
  if (!file.flush()) throw std::runtime_error("can't write " + path);
}

Options options_of(const util::Arguments& given) {
  const bool has_seconds = given.has("seconds");
  return {.socket = given.positional[0],
          .connections = std::stoi(given.value("connections", "8")),
          .messages = has_seconds ? std::numeric_limits<long>::max()
                                  : std::stol(given.value("messages", "1000")),
          .per_connection = std::stoi(given.value("per-connection", "1")),
          .seconds = std::stod(given.value("seconds", "0")),
          .rate = std::stod(given.value("rate", "0")),
          .accept_all = given.has("accept-all"),
          .must_add = given.values("must-add")};
}

int load(const util::Arguments& given) {
  const std::vector<bench::Message> messages = bench::read_scenario(given.positional[1]);
  Work work(options_of(given), messages);
  const auto start = Clock::now();
  Load(work).run();
  const std::chrono::duration<double> taken = Clock::now() - start;
  if (work.times.empty()) throw std::runtime_error("no message was sent");
  if (given.has("times")) write_times(given.value("times"), work.times);
  print(work.times, taken.count());
  if (work.wrong > 0) std::fprintf(stderr, "%ld wrong verdicts\n", work.wrong);
  return work.wrong == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
  const auto given = util::parse_arguments({words + 1, words + count}, flags, true);
  if (!given || given->positional.size() != 2) {
    std::fputs("usage: load SOCKET_PATH SCENARIO [flag...]\n", stderr);
    for (const util::Flag& flag : flags) std::fputs(util::usage_lines(flag).c_str(), stderr);
    return 64;
  }
  std::signal(SIGTERM, [](int) { is_ended = 1; });
  try {
    return load(*given);
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "load: %s\n", fault.what());
    return 1;
  }
}
