// SPDX-License-Identifier: BSD-2-Clause
// The whole milter session: the daemon's callbacks below the real libmilter, a policy, and an
// MTA that sends what the input says (session_packets.h). It is played twice: as it stands, and
// with every packet that the protocol does not allow there left out, each answer waited for.
// contoso lists a tenant that no input knows: no message of contoso's is ever accepted. What
// the replies say and what the decision log says is the same.
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <thread>

#include "milter/callbacks.h"
#include "milter/evidence/settings.h"
#include "milter/state.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/session_packets.h"
#include "util/file.h"
#include "util/handle.h"
#include "util/log.h"
#include "util/replace.h"

namespace {

constexpr char policy_text[] = R"(version = 1
[[sender]]
name = "contoso"
domains = ["contoso.com"]
tenants = ["microsoft365:5ec2e7ec-2e75-4ec2-9e75-ec2e75ec2e75"]
[[sender]]
name = "fabrikam"
domains = ["fabrikam.com"]
tenants = ["microsoft365:fabrikam.onmicrosoft.com", "google:fabrikam.com"]
spf = "aligned"
)";
constexpr char secret[] = "5ec2e7ec";
constexpr char ours[] = "x-tenant=pass";

// One SPF record, and one key for every signature; the rest does not exist.
class SmallDns : public evidence::Resolver {
 public:
  std::shared_ptr<evidence::Flight> ask(const evidence::Question& question,
                                        const evidence::Asker&) override {
    auto answer = std::make_shared<evidence::DnsAnswer>();
    answer->outcome = evidence::DnsAnswer::Outcome::no_such_name;
    const bool is_key = question.name.find("._domainkey.") != std::string::npos;
    if (question.name == "fabrikam.com" || is_key) {
      answer->outcome = evidence::DnsAnswer::Outcome::records;
      answer->data = {is_key ? "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
                             : "v=spf1 ip4:40.107.0.0/16 -all"};
    }
    auto flight = std::make_shared<evidence::Flight>();
    flight->land(answer);
    return flight;
  }
};

// The daemon without its main program, once for the whole run.
class Daemon {
 public:
  static Daemon& get() {
    static auto* daemon = new Daemon;
    return *daemon;
  }

  const std::string& socket() const { return socket_; }
  // What was decided since the last call.
  std::string decisions() const {
    const auto text = util::read_file(log_);
    fuzz::must(bool(text) && ::truncate(log_.c_str(), 0) == 0, "the decision log can be read");
    return *text;
  }

 private:
  Daemon() {
    char name[] = "/tmp/tm-fuzz-XXXXXX";
    fuzz::must(::mkdtemp(name) != nullptr, "there is a directory");
    directory_ = name;
    std::atexit([] { std::filesystem::remove_all(get().directory_); });
    socket_ = directory_ + "/milter.sock";
    log_ = directory_ + "/decisions.json";
    evidence::Settings settings;
    settings.socket = "unix:" + socket_;
    settings.policy = directory_ + "/policy.toml";
    settings.decision_log = log_;
    settings.authserv_id = "relay.example";
    settings.max_headers_bytes = max_header;
    fuzz::must(bool(util::write_file(settings.policy, policy_text)), "there is a policy");
    util::open_log("session_fuzz", util::LogTarget::standard_error, util::LogLevel::error);
    auto state = milter::State::make(std::move(settings), std::make_unique<SmallDns>());
    fuzz::must(bool(state) && bool(milter::open_socket("unix:" + socket_)), "it can serve");
    state_ = std::move(*state);
    // The fuzzer's own alarm must not break off a read of libmilter's.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread([this] { milter::serve(*state_); }).detach();
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  static constexpr std::size_t max_header = 4096;
  std::string directory_;
  std::string socket_;
  std::string log_;
  std::unique_ptr<milter::State> state_;
};

struct Reply {
  char kind = 0;
  std::string data;
};

// The MTA's end of one conversation.
class Conversation {
 public:
  Conversation() : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    Daemon::get().socket().copy(address.sun_path, sizeof address.sun_path - 1);
    fuzz::must(
        ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
        "somebody listens");
  }

  // Sends while it reads, so that neither end waits for the other; false once it is over.
  bool send(std::string_view bytes) {
    while (!bytes.empty() && is_open_) {
      pollfd polled{socket_.get(), POLLIN | POLLOUT, 0};
      if (::poll(&polled, 1, -1) < 0) continue;
      if ((polled.revents & POLLIN) != 0) receive();
      if ((polled.revents & POLLOUT) == 0) continue;
      const auto sent =
          ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return is_open_;
  }

  // The next reply; none once the filter has hung up.
  std::optional<Reply> reply() {
    while (is_open_ && !is_whole()) receive();
    if (!is_whole()) return std::nullopt;
    const std::size_t size = length();
    fuzz::must(size > 0, "a packet has a command");
    Reply next{in_[4], in_.substr(5, size - 1)};
    in_.erase(0, 4 + size);
    return next;
  }

  void finish() { ::shutdown(socket_.get(), SHUT_WR); }

 private:
  std::size_t length() const {
    std::size_t size = 0;
    for (std::size_t i = 0; i < 4; ++i) size = size << 8 | static_cast<std::uint8_t>(in_[i]);
    return size;
  }
  bool is_whole() const { return in_.size() >= 4 && in_.size() >= 4 + length(); }
  void receive() {
    char buffer[4096];
    const auto got = ::recv(socket_.get(), buffer, sizeof buffer, 0);
    if (got > 0) in_.append(buffer, static_cast<std::size_t>(got));
    is_open_ = got > 0 || (got < 0 && errno == EINTR);  // the fuzzer's alarm
  }

  util::Descriptor socket_;
  std::string in_;
  bool is_open_ = true;
};

// What the replies of a conversation came to.
struct Tally {
  std::size_t vouched = 0;   // our field was added
  std::size_t accepted = 0;  // messages that got through at their end

  void see(const Reply& reply) {
    constexpr std::string_view kinds = "Oacdrtyspimehuqlx+-bf4";
    fuzz::must(kinds.find(reply.kind) != std::string_view::npos, "every reply is one of milter's");
    if (reply.kind == 'i' && reply.data.find(ours) != std::string::npos) ++vouched;
    if (reply.kind != 'y') return;
    fuzz::must(reply.data.starts_with('4') || reply.data.starts_with('5'), "a refusal is one");
    fuzz::must(std::all_of(reply.data.begin(), reply.data.end() - 1,
                           [](char c) { return c >= ' ' && c <= '~'; }),
               "a reply is printable ASCII");
  }
};

std::size_t count(std::string_view text, std::string_view word) {
  std::size_t found = 0;
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1))
    ++found;
  return found;
}

void check(const Tally& tally) {
  const std::string decided = Daemon::get().decisions();
  fuzz::must(count(decided, R"("verdict":"accept")") == tally.vouched,
             "replies and decision log agree");
  std::string_view rest = decided;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    fuzz::must(end != std::string_view::npos, "a line is whole");
    const std::string_view line = rest.substr(0, end);
    fuzz::must(line.find(R"("verdict":"accept")") == std::string_view::npos ||
                   line.find(R"("senders":["fabrikam"])") != std::string_view::npos,
               "nobody but fabrikam is accepted");
    rest.remove_prefix(end + 1);
  }
}

void play_wild(const std::vector<fuzz::Packet>& packets) {
  Tally tally;
  Conversation with;
  for (const fuzz::Packet& packet : packets) {
    if (packet.kind == '.' || !with.send(packet.bytes)) break;
  }
  with.finish();
  while (const auto reply = with.reply()) tally.see(*reply);
  check(tally);
}

// Which commands may follow which (the order of an SMTP session), where no reply is promised,
// and what a message is at.
class Order {
 public:
  bool allows(const fuzz::Packet& packet) const {
    const char kind = packet.kind;
    if (kind == 'D' || !packet.is_proper) return packet.is_proper;
    if (kind == 'A') return is_in_message();
    if (kind == 'O') return at_ == 0;
    if (kind == 'C') return at_ == 'O' || at_ == 'K';
    if (kind == 'H' || kind == 'M') return at_ == 'C' || at_ == 'H' || at_ == 'E';
    if (kind == 'R') return at_ == 'M' || at_ == 'R';
    if (kind == 'L') return at_ == 'R' || at_ == 'L';
    if (kind == 'N') return at_ == 'R' || at_ == 'L';
    if (kind == 'B') return at_ == 'N' || at_ == 'B';
    if (kind == 'E') return at_ == 'N' || at_ == 'B';
    return kind == 'K' && (at_ == 'C' || at_ == 'H' || at_ == 'E');
  }
  void went(char kind) {
    if (kind == 'A') at_ = 'E';
    if (kind != 'D' && kind != 'A') at_ = kind;
  }
  bool is_in_message() const {
    return std::string_view("MRLNB").find(at_) != std::string_view::npos;
  }

 private:
  char at_ = 0;  // the last command; E also where a message was broken off
};

bool has_reply(char kind) { return std::string_view("ONBE").find(kind) != std::string_view::npos; }

bool ends(const Reply& reply) {
  return std::string_view("Oacdrtys").find(reply.kind) != std::string_view::npos;
}

void play_orderly(const std::vector<fuzz::Packet>& packets) {
  Tally tally;
  Conversation with;
  Order order;
  auto put = [&](const fuzz::Packet& packet) -> std::optional<Reply> {
    with.send(packet.bytes);
    order.went(packet.kind);
    if (!has_reply(packet.kind)) return std::nullopt;
    for (;;) {
      auto reply = with.reply();
      fuzz::must(reply.has_value(), "an orderly MTA gets its answer");
      tally.see(*reply);
      if (ends(*reply)) return reply;
    }
  };
  put(fuzz::packet("O"));
  for (const fuzz::Packet& packet : packets) {
    if (packet.kind == '.') break;
    if (packet.kind == 'O' || !order.allows(packet)) continue;
    const auto reply = put(packet);
    if (!reply) continue;
    const bool goes_on = reply->kind == 'c' || reply->kind == 's' || reply->kind == 'a';
    if (packet.kind == 'E' && goes_on) ++tally.accepted;
    if (!goes_on && order.is_in_message()) put(fuzz::packet("A"));
  }
  with.finish();
  while (const auto reply = with.reply()) tally.see(*reply);
  fuzz::must(tally.accepted == tally.vouched, "what gets through was judged and passed");
  check(tally);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::text(data, size);
  if (input.find(secret) != std::string_view::npos) return 0;
  const std::vector<fuzz::Packet> packets = fuzz::packets(input);
  play_wild(packets);
  play_orderly(packets);
  return 0;
}
