// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/resolver.h"

#include <malloc.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unbound.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <new>
#include <optional>
#include <thread>

#include "milter/evidence/dns_cache.h"
#include "milter/evidence/dns_queue.h"
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

// The model: askers put questions into the queue, under its lock, and wake the resolver's thread.
// That thread alone talks to the library: it hands questions over as far as the queue lets it,
// takes answers, fails what is late, and drops what is old from the cache. (A call of the
// library's may block while its own thread is busy; no asker stands in one.) No flight lands, and
// no bell rings, with the lock held.
class UnboundResolver : public Resolver {
 public:
  UnboundResolver(util::Handle<ub_ctx, ub_ctx_delete> context, util::Descriptor wake,
                  const ResolverOptions& options)
      : timeout_(options.timeout),
        cache_(options.cache_bytes),
        queue_(DnsQueue(std::max(options.max_questions, MessageDns::max_open))),
        wake_(std::move(wake)),
        context_(std::move(context)),
        thread_([this] { run(); }) {}

  ~UnboundResolver() override {
    stopping_ = true;
    wake();
    thread_.join();
    context_.reset();  // its own thread ends here: no callback comes any more
    for (const auto& flight : queue_.with([](DnsQueue& queue) { return queue.flights(); }))
      flight->land(failure_);
  }

  std::shared_ptr<Flight> ask(const Question& question, const Asker& asker) override {
    if (auto known = cache_.find(question, Clock::now())) return landed(std::move(known));
    bool is_new = false;
    auto flight = queue_.with([&](DnsQueue& queue) {
      auto known = queue.find(question, asker);
      is_new = known == nullptr;
      return is_new ? queue.add(question, asker, Clock::now() + timeout_) : known;
    });
    if (is_new && flight != nullptr) wake();
    return flight;
  }

 private:
  // What libunbound gives back to its callback.
  struct Asked {
    UnboundResolver* resolver;
    const Question* question;  // the queue's, until it is finished
  };

  static std::shared_ptr<Flight> landed(DnsAnswerPtr answer) {
    auto flight = std::make_shared<Flight>();
    flight->land(std::move(answer));
    return flight;
  }

  // Called by ub_process.
  static void on_result(void* data, int error, ub_result* result) noexcept {
    const util::Handle<ub_result, ub_resolve_free> owned(result);
    const std::unique_ptr<Asked> asked(static_cast<Asked*>(data));
    UnboundResolver& resolver = *asked->resolver;
    const bool is_answer = error == UB_NOERROR && result != nullptr;
    DnsAnswerPtr answer = resolver.failure_;
    try {
      answer = is_answer ? read_result(*result, asked->question->type) : unanswered(error);
      resolver.cache_.put(*asked->question, answer, Clock::now());
    } catch (const std::bad_alloc&) {
      // A failure for those who asked, or an answer that is not remembered.
    }
    resolver.finish(*asked->question, std::move(answer));
  }

  void finish(const Question& question, DnsAnswerPtr answer) noexcept {
    const auto flight = queue_.with([&](DnsQueue& queue) { return queue.finish(question); });
    if (flight) flight->land(std::move(answer));
  }

  void run() {
    while (!stopping_) {
      pollfd polled[2] = {{ub_fd(context_.get()), POLLIN, 0}, {wake_.get(), POLLIN, 0}};
      ::poll(polled, 2, milliseconds_to_rest());
      is_woken_ = false;
      std::uint64_t count = 0;
      [[maybe_unused]] const auto got = ::read(wake_.get(), &count, sizeof count);
      ub_process(context_.get());
      hand_over();
      fail_late();
      forget_old();
    }
  }

  // As many as the library may have. One that it refuses is finished at once.
  void hand_over() noexcept {
    try {
      while (const Question* const question =
                 queue_.with([](DnsQueue& queue) { return queue.next(); })) {
        auto asked = std::make_unique<Asked>(Asked{this, question});
        const int error = ub_resolve_async(context_.get(), question->name.c_str(),
                                           static_cast<int>(question->type), class_in, asked.get(),
                                           on_result, nullptr);
        if (error == UB_NOERROR)
          static_cast<void>(asked.release());
        else
          finish(Question(*question), unanswered(error));
      }
    } catch (const std::bad_alloc&) {
      // It fails as late.
    }
  }

  // To the first deadline, or to the next look at the cache if there is anything in it.
  int milliseconds_to_rest() {
    const auto deadline = queue_.with([](DnsQueue& queue) { return queue.first_deadline(); });
    if (!deadline && cache_.bytes() == 0) return -1;
    const auto until = deadline ? std::min(*deadline, next_look_) : next_look_;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
  }

  // What takes longer than the time-out has failed, for the next who asks as well; a late
  // answer still fills the cache. A name that the library was never asked for, or that nobody
  // waits for, is not remembered as failed.
  void fail_late() noexcept {
    for (;;) {
      try {
        const auto late =
            queue_.with([](DnsQueue& queue) { return queue.take_late(Clock::now()); });
        if (!late) return;
        late->flight->land(failure_);
        if (late->was_handed && !late->is_orphan)
          cache_.put(late->question, failure_, Clock::now());
      } catch (const std::bad_alloc&) {
        return;  // it is tried again at the next turn
      }
    }
  }

  // Old answers go, and their memory back to the system, where there were many.
  void forget_old() {
    constexpr std::chrono::seconds between_looks{10};
    constexpr std::size_t many = 1024 * 1024;
    const auto now = Clock::now();
    if (now < next_look_) return;
    next_look_ = now + between_looks;
    if (cache_.drop_expired(now) > many) ::malloc_trim(0);
  }

  void wake() {
    if (is_woken_.exchange(true)) return;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
  }

  const std::chrono::milliseconds timeout_;
  const DnsAnswerPtr failure_ = std::make_shared<const DnsAnswer>();
  DnsCache cache_;
  util::Guarded<DnsQueue> queue_;
  util::Descriptor wake_;
  std::atomic<bool> is_woken_{false};  // the thread has not read `wake_` since
  std::atomic<bool> stopping_{false};
  Clock::time_point next_look_{};  // at the cache; the thread's own
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

// How often a server is asked before the library gives a question up. It waits 376 ms for the first
// answer and twice as long each time (tried: 1.17): until the time-out, and not much longer, for a
// question occupies it until then.
std::string tries_within(std::chrono::milliseconds timeout) {
  int tries = 1;
  for (std::chrono::milliseconds wait{376}, all = wait; all < timeout && tries < 8; ++tries) {
    wait *= 2;
    all += wait;
  }
  return std::to_string(tries);
}

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
  ub_ctx_set_option(context, "outbound-msg-retry:", tries_within(options.timeout).c_str());
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
