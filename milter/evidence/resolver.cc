// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/resolver.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unbound.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <new>
#include <optional>
#include <thread>

#include "milter/evidence/dns_cache.h"
#include "milter/evidence/dns_record.h"
#include "util/format.h"
#include "util/guarded.h"
#include "util/handle.h"

namespace evidence {

namespace {

using Clock = std::chrono::steady_clock;
using util::Error;

constexpr int exit_config = 78;
constexpr int exit_os = 71;
constexpr int class_in = 1;
constexpr int rcode_no_error = 0;
constexpr int rcode_no_such_name = 3;

DnsAnswerPtr read_result(const ub_result& result, RecordType type) {
  auto answer = std::make_shared<DnsAnswer>();
  if (result.bogus != 0) return answer;
  answer->secure = result.secure != 0;
  answer->ttl = static_cast<std::uint32_t>(std::max(result.ttl, 0));
  if (result.rcode == rcode_no_such_name || result.nxdomain != 0) {
    answer->outcome = DnsAnswer::Outcome::no_such_name;
  } else if (result.rcode == rcode_no_error) {
    for (int i = 0; result.havedata != 0 && result.data[i] != nullptr; ++i)
      add_record(*answer, type, {result.data[i], static_cast<std::size_t>(result.len[i])});
    // Records of which none can be read are no word that there are none.
    if (!answer->data.empty())
      answer->outcome = DnsAnswer::Outcome::records;
    else if (result.havedata == 0)
      answer->outcome = DnsAnswer::Outcome::no_data;
  }
  return answer;
}

// A name that can't be asked for does not exist; anything else is a failure.
DnsAnswerPtr unanswered(int error) {
  auto answer = std::make_shared<DnsAnswer>();
  if (error == UB_SYNTAX) answer->outcome = DnsAnswer::Outcome::no_such_name;
  return answer;
}

class UnboundResolver : public Resolver {
 public:
  UnboundResolver(util::Handle<ub_ctx, ub_ctx_delete> context, util::Descriptor wake,
                  const ResolverOptions& options)
      : timeout_(options.timeout),
        cache_(options.cache_bytes),
        wake_(std::move(wake)),
        context_(std::move(context)),
        thread_([this] { run(); }) {}

  ~UnboundResolver() override {
    stopping_ = true;
    wake();
    thread_.join();
    context_.reset();  // its own thread ends here: no callback comes any more
    fail_all();
  }

  std::shared_ptr<Flight> ask(const Question& question) override {
    if (auto known = cache_.find(question, Clock::now())) return landed(std::move(known));
    auto flight = std::make_shared<Flight>();
    bool is_watched = false;
    const bool is_first = under_way_.with([&](UnderWay& under_way) {
      const auto known = under_way.flights.find(question);
      if (known != under_way.flights.end()) {
        flight = known->second;
        return false;
      }
      is_watched = under_way.is_watched;
      // No flight without a deadline, whatever there is no memory for.
      under_way.deadlines.emplace_back(Clock::now() + timeout_, question, flight);
      under_way.flights.emplace(question, flight);
      return true;
    });
    if (!is_first) return flight;
    if (!is_watched) wake();
    start(question);
    return flight;
  }

 private:
  struct Deadline {
    Clock::time_point at;
    Question question;
    std::weak_ptr<Flight> flight;
    Deadline(Clock::time_point when, Question what, const std::shared_ptr<Flight>& of)
        : at(when), question(std::move(what)), flight(of) {}
  };
  struct UnderWay {
    std::map<Question, std::shared_ptr<Flight>> flights;
    std::deque<Deadline> deadlines;  // in order: the time-out is the same for all
    bool is_watched = false;         // the thread will wake by itself at the first of them
  };
  // What libunbound gives back to its callback.
  struct Asked {
    UnboundResolver* resolver;
    Question question;
  };

  static std::shared_ptr<Flight> landed(DnsAnswerPtr answer) {
    auto flight = std::make_shared<Flight>();
    flight->land(std::move(answer));
    return flight;
  }

  void start(const Question& question) {
    auto asked = std::make_unique<Asked>(Asked{this, question});
    Asked* const handed_over = asked.get();
    {
      std::lock_guard lock(owned_mutex_);
      owned_.emplace(handed_over, std::move(asked));
    }
    const int error =
        ub_resolve_async(context_.get(), question.name.c_str(), static_cast<int>(question.type),
                         class_in, handed_over, on_result, nullptr);
    if (error == UB_NOERROR) return;
    release(handed_over);
    land(question, unanswered(error));
  }

  void release(Asked* asked) {
    std::lock_guard lock(owned_mutex_);
    owned_.erase(asked);
  }

  // In the resolver's thread, called by ub_process.
  static void on_result(void* data, int error, ub_result* result) noexcept {
    const util::Handle<ub_result, ub_resolve_free> owned(result);
    auto* asked = static_cast<Asked*>(data);
    UnboundResolver& resolver = *asked->resolver;
    const bool is_answer = error == UB_NOERROR && result != nullptr;
    DnsAnswerPtr answer = resolver.failure_;
    try {
      answer = is_answer ? read_result(*result, asked->question.type) : unanswered(error);
      resolver.cache_.put(asked->question, answer, Clock::now());
    } catch (const std::bad_alloc&) {
      // A failure for those who asked, or an answer that is not remembered.
    }
    resolver.land(asked->question, std::move(answer));
    resolver.release(asked);
  }

  void land(const Question& question, DnsAnswerPtr answer) {
    const auto flight = under_way_.with([&](UnderWay& under_way) {
      auto node = under_way.flights.extract(question);
      return node.empty() ? nullptr : node.mapped();
    });
    if (flight) flight->land(std::move(answer));
  }

  void run() {
    while (!stopping_) {
      pollfd polled[2] = {{ub_fd(context_.get()), POLLIN, 0}, {wake_.get(), POLLIN, 0}};
      ::poll(polled, 2, milliseconds_to_deadline());
      std::uint64_t count = 0;
      [[maybe_unused]] const auto got = ::read(wake_.get(), &count, sizeof count);
      ub_process(context_.get());
      fail_late();
    }
  }

  int milliseconds_to_deadline() {
    return under_way_.with([](UnderWay& under_way) {
      under_way.is_watched = !under_way.deadlines.empty();
      if (!under_way.is_watched) return -1;
      const auto left = under_way.deadlines.front().at - Clock::now();
      const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(left).count();
      return static_cast<int>(std::clamp<std::int64_t>(milliseconds, 0, 60'000));
    });
  }

  // What takes longer than the time-out has failed, for the next who asks as well; a late
  // answer still fills the cache.
  void fail_late() noexcept {
    while (const auto late = take_late()) {
      try {
        cache_.put(late->first, failure_, Clock::now());
      } catch (const std::bad_alloc&) {
        // The next who asks waits anew.
      }
      late->second->land(failure_);
    }
  }

  // One that is late, which is under way no more. Needs no memory.
  std::optional<std::pair<Question, std::shared_ptr<Flight>>> take_late() {
    using Late = std::pair<Question, std::shared_ptr<Flight>>;
    return under_way_.with([](UnderWay& under_way) -> std::optional<Late> {
      while (!under_way.deadlines.empty()) {
        Deadline& first = under_way.deadlines.front();
        auto flight = first.flight.lock();
        const bool is_open = flight && !flight->answer();
        if (is_open && first.at > Clock::now()) return std::nullopt;
        Late late(std::move(first.question), std::move(flight));
        under_way.deadlines.pop_front();
        if (!is_open) continue;
        under_way.flights.erase(late.first);
        return late;
      }
      return std::nullopt;
    });
  }

  void fail_all() {
    const auto flights = under_way_.with([](UnderWay& under_way) { return under_way.flights; });
    for (const auto& [question, flight] : flights) flight->land(failure_);
  }

  void wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
  }

  const std::chrono::milliseconds timeout_;
  const DnsAnswerPtr failure_ = std::make_shared<const DnsAnswer>();
  DnsCache cache_;
  util::Guarded<UnderWay> under_way_;
  std::mutex owned_mutex_;
  std::map<Asked*, std::unique_ptr<Asked>> owned_;
  util::Descriptor wake_;
  std::atomic<bool> stopping_{false};
  util::Handle<ub_ctx, ub_ctx_delete> context_;
  std::thread thread_;
};

Error faulty(std::string_view option, std::string_view found, int error) {
  return {util::format("--{}: found \"{}\": {}", option, found, ub_strerror(error)), exit_config};
}

// Zones that libunbound answers by itself, and which a given name server knows better.
constexpr const char* built_in_zones[] = {"test.", "invalid.", "localhost.", "onion.",
                                          "home.arpa."};

// What differs from the library's defaults. It opens 16 sockets, and a name that is
// never answered holds one for seconds: sixteen such names, which any sender can make
// up, would stop every other look-up. And where nothing but such names is asked for
// some seconds, it would believe the name server dead and fail every question at once:
// so what it believes of a server is kept for less than a second, and one that seems
// dead is asked on.
constexpr std::pair<const char*, const char*> library_options[] = {
    {"do-not-query-localhost:", "no"},
    {"outgoing-range:", "1024"},
    {"outgoing-num-tcp:", "64"},
    {"infra-host-ttl:", "0"},
    {"infra-keep-probing:", "yes"}};

// The library's thread comes with the first question, and without descriptors for it the
// library ends the process: so it comes now, by a name that the library answers itself.
util::Status start_thread(ub_ctx* context) {
  constexpr char name[] = "ready.tenant-milter.invalid.";
  auto ignore = [](void*, int, ub_result* result) { ub_resolve_free(result); };
  int error = ub_ctx_zone_add(context, name, "static");
  if (error == UB_NOERROR)
    error = ub_resolve_async(context, name, static_cast<int>(RecordType::a), class_in, nullptr,
                             ignore, nullptr);
  if (error == UB_NOERROR) error = ub_wait(context);
  if (error != UB_NOERROR)
    return Error{util::format("the resolver can't be started: {}", ub_strerror(error)), exit_os};
  return util::Done{};
}

util::Status set_up(ub_ctx* context, const ResolverOptions& options) {
  ub_ctx_debugout(context, nullptr);
  for (const auto& [name, value] : library_options) ub_ctx_set_option(context, name, value);
  for (const std::string& server : options.nameservers) {
    if (const int error = ub_ctx_set_fwd(context, server.c_str()))
      return faulty("nameserver", server, error);
  }
  if (options.nameservers.empty()) {
    if (const int error = ub_ctx_resolvconf(context, nullptr))
      return faulty("nameserver", "/etc/resolv.conf", error);
  } else {
    ub_ctx_set_option(context, "unblock-lan-zones:", "yes");
    ub_ctx_set_option(context, "insecure-lan-zones:", "yes");
  }
  if (!options.trust_anchor.empty()) {
    if (::access(options.trust_anchor.c_str(), R_OK) != 0)
      return Error{util::format("--trust-anchor: {} can't be read", options.trust_anchor),
                   exit_config};
    if (const int error = ub_ctx_add_ta_file(context, options.trust_anchor.c_str()))
      return faulty("trust-anchor", options.trust_anchor, error);
  }
  ub_ctx_async(context, 1);  // a thread of libunbound's, not a process
  if (!options.nameservers.empty()) {
    for (const char* zone : built_in_zones) ub_ctx_zone_remove(context, zone);
  }
  return start_thread(context);
}

}  // namespace

util::Result<std::unique_ptr<Resolver>> make_resolver(const ResolverOptions& options) {
  util::Handle<ub_ctx, ub_ctx_delete> context(ub_ctx_create());
  util::Descriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!context || !wake)
    return Error{"the resolver can't be started: no memory or descriptors", exit_os};
  if (const util::Status ready = set_up(context.get(), options); !ready) return ready.error();
  return std::unique_ptr<Resolver>(
      std::make_unique<UnboundResolver>(std::move(context), std::move(wake), options));
}

}  // namespace evidence
