// SPDX-License-Identifier: BSD-2-Clause
#include "milter/state.h"

#include <malloc.h>

#include <algorithm>
#include <ctime>

#include "milter/evidence/options.h"
#include "policy/store/store.h"
#include "util/file.h"
#include "util/format.h"
#include "util/log.h"
#include "version.h"

namespace milter {

using util::Error;
using util::format;
using util::LogLevel;
using util::Status;

util::Result<policy::SnapshotPtr> load_policy(const evidence::Settings& settings) {
  const store::Loaded loaded = store::load(settings.policy, {.time = std::time(nullptr)});
  for (const store::Finding& finding : loaded.findings) {
    const bool is_error = finding.severity == store::Finding::Severity::error;
    util::log(is_error ? LogLevel::error : LogLevel::warning, finding.to_string());
  }
  if (loaded.snapshot == nullptr)
    return Error{format("{}: the policy can't be used", settings.policy), loaded.exit_code};
  ::malloc_trim(0);  // what a large policy was read with
  return loaded.snapshot;
}

util::Result<std::unique_ptr<State>> State::make(evidence::Settings settings) {
  // Several for each message that there can be at a time.
  constexpr std::size_t questions = 4;
  settings.resolver.max_questions = questions * settings.max_connections;
  auto resolver = evidence::make_resolver(settings.resolver);
  if (!resolver) return resolver.error();
  return make(std::move(settings), std::move(*resolver));
}

util::Result<std::unique_ptr<State>> State::make(evidence::Settings settings,
                                                 std::unique_ptr<evidence::Resolver> resolver) {
  std::unique_ptr<State> state(new State);
  auto snapshot = load_policy(settings);
  if (!snapshot) return snapshot.error();
  if (const Status opened = state->decisions_.open(settings.decision_log); !opened)
    return opened.error();
  state->resolver_ = std::move(resolver);
  state->in_force_.with([&](InForce& in_force) {
    in_force.settings = std::make_shared<const evidence::Settings>(std::move(settings));
    in_force.snapshot = std::move(*snapshot);
  });
  state->loaded_at_ = std::time(nullptr);
  state->publish("");
  return state;
}

evidence::MessageContext State::context() const {
  return in_force_.with([&](const InForce& in_force) {
    return evidence::MessageContext{.settings = in_force.settings,
                                    .snapshot = in_force.snapshot,
                                    .resolver = resolver_.get(),
                                    .is_recorded = !in_force.settings->decision_log.empty()};
  });
}

std::shared_ptr<const evidence::Settings> State::settings() const {
  return in_force_.with([](const InForce& in_force) { return in_force.settings; });
}

void State::reload() {
  const auto old = settings();
  evidence::Settings next = *old;
  std::string refused;
  auto refuse = [&](const std::string& why) {
    util::log(LogLevel::error, why);
    refused += (refused.empty() ? "" : "; ") + why;
  };
  if (const Status read = evidence::reread_settings(next); !read) {
    refuse(read.error().text + "; the old configuration stays");
    next = *old;
  }
  auto snapshot = load_policy(next);
  if (!snapshot) {
    refuse(snapshot.error().text);
    next.policy = old->policy;
  }
  if (const Status opened = decisions_.open(next.decision_log); !opened) {
    refuse(opened.error().text + "; the old file stays");
    next.decision_log = old->decision_log;
  }
  util::set_log_level(next.log_level);
  InForce last;  // freed here or in tidy(): never with the lock, nor by a message
  const auto revision = in_force_.with([&](InForce& in_force) {
    last = in_force;
    in_force.settings = std::make_shared<const evidence::Settings>(std::move(next));
    if (snapshot) in_force.snapshot = std::move(*snapshot);
    return in_force.snapshot->revision();
  });
  if (snapshot) retired_.push_back(std::move(last.snapshot));
  if (snapshot)
    util::log(LogLevel::info, format("reloaded: policy {}", revision));
  else
    util::log(LogLevel::error, format("reload failed: policy {} stays in force", revision));
  if (snapshot) loaded_at_ = std::time(nullptr);
  ++reloads_;
  publish(refused);
}

void State::tidy() {
  std::erase_if(retired_, [](const policy::SnapshotPtr& old) { return old.use_count() == 1; });
}

void State::publish(const std::string& refused) {
  const evidence::MessageContext now = context();
  board_.publish({.version = version,
                  .socket = now.settings->socket,
                  .policy = now.settings->policy,
                  .revision = now.snapshot->revision(),
                  .loaded_at = loaded_at_,
                  .senders = static_cast<std::int64_t>(now.snapshot->senders().size()),
                  .reloads = reloads_,
                  .refused = refused});
}

}  // namespace milter
