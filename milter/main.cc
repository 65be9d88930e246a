// SPDX-License-Identifier: BSD-2-Clause
// tenant-milter: the daemon. Reads its configuration, opens the socket, drops
// privileges, loads the policy, serves until SIGTERM. Exit codes of sysexits.h.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>

#include "milter/callbacks.h"
#include "milter/evidence/options.h"
#include "milter/listen.h"
#include "milter/privileges.h"
#include "milter/sandbox.h"
#include "milter/service.h"
#include "milter/signals.h"
#include "milter/state.h"
#include "milter/watchdog.h"
#include "policy/store/store.h"
#include "util/format.h"
#include "util/log.h"
#include "util/standard_streams.h"
#include "version.h"

namespace {

using evidence::Settings;
using std::chrono::seconds;
using util::format;
using util::LogLevel;

constexpr int exit_software = 70;
constexpr std::uint64_t scope_minimum = 100;  // spec 3: an hour with more messages than this
constexpr seconds scope_period{3600};

int failed(const util::Error& error, int otherwise) {
  util::log(LogLevel::error, error.text);
  return error.exit_code != 0 ? error.exit_code : otherwise;
}

// The user that --user names, for good, where it is not that one already.
util::Status become_user(const Settings& settings) {
  if (settings.user.empty()) return util::Done{};
  const auto identity = milter::find_identity(settings.user);
  if (!identity) return identity.error();
  return milter::drop_privileges(*identity);
}

// --check: everything that is wrong with the policy, on standard output, as the user
// who will have to read it.
int check(const Settings& settings) {
  if (const util::Status status = become_user(settings); ::geteuid() == 0 && !status)
    return failed(status.error(), exit_software);
  const store::Loaded loaded = store::load(settings.policy, {.time = std::time(nullptr)});
  std::fputs(loaded.report(settings.policy).c_str(), stdout);
  return loaded.exit_code;
}

// Warns, once a day, of tenants near the end of their time.
class TenantWatch {
 public:
  void look(const milter::State& state) {
    if (std::chrono::steady_clock::now() < next_) return;
    next_ += period;
    for (const std::string& ending : state.context().snapshot->ending_tenants(std::time(nullptr)))
      util::log(LogLevel::warning, ending);
  }

 private:
  static constexpr std::chrono::hours period{24};
  std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now() + period;
};

// Warns where an hour brings many messages and none to judge.
class ScopeWatch {
 public:
  explicit ScopeWatch(milter::Counters& counters) : counters_(counters) {}

  void look() {
    if (std::chrono::steady_clock::now() < next_) return;
    const std::uint64_t seen = counters_.seen;
    const std::uint64_t judged = counters_.judged;
    if (judged == judged_ && seen - seen_ > scope_minimum)
      util::log(LogLevel::warning,
                format("scope-never-matches: {} messages in an hour and none was judged; see "
                       "--scope",
                       seen - seen_));
    seen_ = seen;
    judged_ = judged;
    next_ = std::chrono::steady_clock::now() + scope_period;
  }

 private:
  milter::Counters& counters_;
  std::uint64_t seen_ = 0;
  std::uint64_t judged_ = 0;
  std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now() + scope_period;
};

std::string status_of(milter::State& state) {
  return format("policy {}", state.context().snapshot->revision());
}

void wait_until(std::chrono::steady_clock::time_point deadline, const auto& is_done) {
  while (!is_done() && std::chrono::steady_clock::now() < deadline)
    milter::next_event(std::chrono::milliseconds(20));
}

// New connections are refused; messages in flight get their answer, or as long as
// --drain-timeout says. An answer is libmilter's to send: it is known to have been sent
// when the MTA goes on, and given a moment where the MTA has nothing more to say.
void drain(milter::State& state) {
  constexpr std::chrono::milliseconds moment{500};
  const auto settings = state.settings();
  milter::Counters& counters = state.counters();
  milter::notify_stopping("draining");
  milter::close_listener(settings->socket);
  wait_until(std::chrono::steady_clock::now() + settings->drain_timeout,
             [&] { return counters.in_flight == 0; });
  const std::uint64_t left = counters.in_flight;
  wait_until(std::chrono::steady_clock::now() + moment, [&] { return counters.answered == 0; });
  util::log(left == 0 ? LogLevel::info : LogLevel::warning,
            format("stopped with {} messages in flight", left));
}

int watch(milter::State& state) {
  ScopeWatch scope(state.counters());
  TenantWatch tenants;
  milter::Watchdog watchdog(state.settings()->socket);
  for (;;) {
    switch (milter::next_event(watchdog.period(std::chrono::minutes(1)))) {
      case milter::Event::reload:
        milter::notify_reloading();
        state.reload();
        milter::notify_ready(status_of(state));
        break;
      case milter::Event::stop:
        drain(state);
        return 0;
      case milter::Event::none:
        break;
    }
    state.tidy();
    scope.look();
    tenants.look(state);
    watchdog.look();
  }
}

util::Status prepare(const Settings& settings) {
  milter::raise_descriptor_limit(settings.max_connections);
  if (const util::Status opened = milter::open_listener(settings); !opened) return opened.error();
  if (settings.user.empty() && ::geteuid() == 0)
    util::log(LogLevel::warning, "running as root; use --user to drop privileges");
  return become_user(settings);
}

int run(Settings settings) {
  milter::Background background;
  if (!settings.foreground) background.enter();
  util::open_log("tenant-milter", settings.log_target, settings.log_level);
  util::also_log_to_stderr(!settings.foreground || ::isatty(STDERR_FILENO) == 1);
  const std::string socket = settings.socket;
  milter::catch_signals();
  if (const util::Status prepared = prepare(settings); !prepared)
    return failed(prepared.error(), exit_software);
  milter::block_signals(true);  // for the resolver's thread
  auto state = milter::State::make(std::move(settings));
  milter::block_signals(false);
  if (!state) {
    milter::close_listener(socket);
    return failed(state.error(), exit_software);
  }
  if (const util::Status confined = milter::enter_sandbox(); !confined)
    util::log(LogLevel::warning, confined.error().text);
  std::thread milter_thread = milter::deaf_thread([&state] {
    if (milter::serve(**state)) return;
    util::log(LogLevel::error, "libmilter gave up serving");
    std::_Exit(exit_software);
  });
  util::log(LogLevel::info,
            format("tenant-milter {} serves {} with {}", version, socket, status_of(**state)));
  milter::notify_ready(status_of(**state));
  util::also_log_to_stderr(false);
  background.ready();
  const int exit_code = watch(**state);
  // libmilter's threads can't be ended in order: sessions may be idle for hours.
  std::fflush(nullptr);
  std::_Exit(exit_code);
}

}  // namespace

int main(int argc, char** argv) {
  util::open_standard_streams();
  try {
    auto settings = evidence::read_settings(argc, argv);
    if (!settings) {
      std::fprintf(stderr, "tenant-milter: %s\n", settings.error().text.c_str());
      return settings.error().exit_code;
    }
    if (settings->show_version) return std::printf("tenant-milter %s\n", version) < 0;
    if (settings->show_help) return std::fputs(evidence::help_text().c_str(), stdout) < 0;
    if (settings->check) return check(*settings);
    return run(std::move(*settings));
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "tenant-milter: internal fault: %s\n", exception.what());
    return exit_software;
  }
}
