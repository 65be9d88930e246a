// SPDX-License-Identifier: BSD-2-Clause
// DNS for commands, which have nothing else to do: asks one question at a time, so as to be
// polite to the resolver, and waits. After the budget every
// open question is a failure. One thread.
#pragma once

#include <chrono>

#include "milter/evidence/dns.h"

namespace ctl {

class WaitingDns {
 public:
  WaitingDns(evidence::Resolver& resolver, std::chrono::milliseconds budget)
      : dns_(resolver), deadline_(std::chrono::steady_clock::now() + budget) {}

  evidence::DnsAnswerPtr answer(const evidence::Question& question) {
    for (;;) {
      if (auto known = dns_.ask(question)) return known;
      if (!dns_.wait(deadline_)) dns_.give_up();
    }
  }

 private:
  evidence::MessageDns dns_;
  const std::chrono::steady_clock::time_point deadline_;
};

}  // namespace ctl
