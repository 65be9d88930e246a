// SPDX-License-Identifier: BSD-2-Clause
// What all sessions share: the settings and the policy in force (swapped by a
// reload; a message keeps those it began with), the resolver, the decision log and
// the counters. Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "milter/decision_log.h"
#include "milter/evidence/message.h"
#include "milter/evidence/settings.h"
#include "milter/evidence/status.h"
#include "util/guarded.h"
#include "util/result.h"

namespace milter {

struct Counters {
  std::atomic<std::uint64_t> connections{0};  // open now
  std::atomic<std::uint64_t> in_flight{0};    // messages between MAIL and their answer
  std::atomic<std::uint64_t> answered{0};     // connections that said nothing since an answer
  std::atomic<std::uint64_t> seen{0};
  std::atomic<std::uint64_t> judged{0};
};

class State {
 public:
  // Loads the policy and opens the decision log. Errors and warnings are logged as
  // well; an error carries its exit code.
  static util::Result<std::unique_ptr<State>> make(evidence::Settings settings);
  // The same with a resolver of the caller's.
  static util::Result<std::unique_ptr<State>> make(evidence::Settings settings,
                                                   std::unique_ptr<evidence::Resolver> resolver);

  evidence::MessageContext context() const;
  std::shared_ptr<const evidence::Settings> settings() const;
  // SIGHUP: what can change of the configuration, the policy, the log file. What is
  // faulty is reported and the old stays.
  void reload();
  // Frees the policies of earlier reloads that no message holds any more. The thread that
  // reloads.
  void tidy();

  Counters& counters() { return counters_; }
  DecisionLog& decisions() { return decisions_; }

 private:
  State() = default;

  struct InForce {
    std::shared_ptr<const evidence::Settings> settings;
    policy::SnapshotPtr snapshot;
  };
  std::unique_ptr<evidence::Resolver> resolver_;
  util::Guarded<InForce> in_force_;
  void publish(const std::string& refused);

  DecisionLog decisions_;
  evidence::StatusBoard board_;
  std::vector<policy::SnapshotPtr> retired_;
  std::int64_t loaded_at_ = 0;
  std::int64_t reloads_ = 0;
  Counters counters_;
};

// The policy of these settings, with what is wrong with it logged.
util::Result<policy::SnapshotPtr> load_policy(const evidence::Settings& settings);

}  // namespace milter
