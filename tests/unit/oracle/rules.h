// SPDX-License-Identifier: BSD-2-Clause
// The oracle's rules for one sender: checks 3 to 11 (spec 6), each a few rows of
// one table, for evidence of which every look-up is known. What is not known is
// the business of oracle.cc.
#pragma once

#include <vector>

#include "policy/evidence.h"
#include "policy/policy.h"
#include "policy/verdict.h"

namespace oracle {

// In what role a sender answers for a message.
struct Role {
  const policy::Sender* sender = nullptr;
  const policy::Identity* author = nullptr;  // null: checks 9 and 10 are not for it
  bool platform_name = false;                // the author is a listed platform name
  bool forwarder = false;
  bool system = false;
};

struct Case {
  const policy::Evidence& e;
  const policy::Policy& p;
  const Role& role;
  const policy::Sender& sender() const { return *role.sender; }
};

struct Failure {
  policy::Reason reason = policy::Reason::none;
  policy::ReplyCode code;
  bool operator==(const Failure&) const = default;
};

// The client is the platform's: by address and, where asked for, certificate.
bool belongs(const policy::Evidence& e, const policy::Policy& p);

// What check number 3 to 11 finds, the reason to be named first; nothing: it passes.
std::vector<Failure> failures(int check, const Case& c);

// Check 7 alone, whatever the way in: how forwarders and system senders are found.
bool names_the_sender(const Case& c);

}  // namespace oracle
