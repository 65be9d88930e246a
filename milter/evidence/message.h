// SPDX-License-Identifier: BSD-2-Clause
// One message's way from MAIL to its verdict (spec 2), the same in the daemon and in
// `tenantctl check`. Made new for each MAIL: nothing carries over. Not thread-safe.
// No callback but end_of_message waits for DNS, and that at most the budget.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "milter/evidence/dkim.h"
#include "milter/evidence/dns.h"
#include "milter/evidence/field.h"
#include "milter/evidence/identities.h"
#include "milter/evidence/origin.h"
#include "milter/evidence/path.h"
#include "milter/evidence/record.h"
#include "milter/evidence/reply.h"
#include "milter/evidence/settings.h"
#include "milter/evidence/signature_choice.h"
#include "milter/evidence/spf.h"
#include "policy/policy.h"
#include "policy/verdict.h"

namespace evidence {

// What a message takes from the process when it begins and keeps while it lives.
struct MessageContext {
  std::shared_ptr<const Settings> settings;
  policy::SnapshotPtr snapshot;
  Resolver* resolver = nullptr;
  // The decision will be logged or shown: what DNS says is asked for it where the verdict does
  // not depend on it (and not waited for).
  bool is_recorded = false;
};

// The nth field of this name (from 1) is to be removed.
struct FieldRemoval {
  std::string name;
  unsigned index = 0;
};

class Message {
 public:
  // `time` is stamped into the evidence.
  Message(MessageContext context, const Connection& connection, const MailMacros& macros,
          std::string_view mail_from, std::int64_t time);

  void recipient(std::string_view address, std::string_view mailer);
  // `value` is all that stands after the colon.
  void header(std::string_view name, std::string_view value);
  // A fault of the caller's: the verdict will be a tempfail.
  void set_fault(policy::Fault fault);

  // Asks for the verdict with what is known; it may be undecided. One that is not is
  // the one that end_of_message() gives.
  const policy::Verdict& end_of_headers();
  // Whether the body is to be given to body() before end_of_message().
  bool wants_body() const { return verifier_ != nullptr; }
  void body(std::string_view chunk);
  // Waits for what the verdict depends on; `progress` is called every 5 s of it.
  const policy::Verdict& end_of_message(const std::function<void()>& progress);

  bool is_judged() const { return judged_; }
  const Settings& settings() const { return *context_.settings; }
  const policy::Evidence& evidence() const { return evidence_; }
  const policy::Verdict& verdict() const { return verdict_; }
  Action action() const { return action_for(verdict_); }
  // Forged fields of every message, judged or not; the highest index first. 100 at most: a
  // message with more is refused for good.
  std::vector<FieldRemoval> removals() const;
  // Fields to be added on top, in this order.
  std::vector<HeaderField> additions() const;
  Decided decided(std::string_view queue_id) const;

 private:
  void note_forged(std::string_view name, std::string_view value);
  void collect();
  // The signatures that are to be verified.
  std::vector<std::size_t> choose();
  void ask_keys(const std::vector<std::size_t>& indices);
  bool keys_are_there(const std::vector<std::size_t>& indices);
  bool spf_can_matter() const;
  void begin_spf();
  void pump_spf();
  void verify();
  void ask_for_verdict();

  MessageContext context_;
  MessageDns dns_;
  std::optional<SpfEvaluation> spf_;       // once it is begun
  std::optional<std::uint64_t> spf_seen_;  // of the DNS' news, when SPF was last evaluated
  policy::Evidence evidence_;
  policy::Policy policy_;
  policy::Verdict verdict_;
  Path reverse_path_;
  std::vector<std::string> recipient_addresses_;
  std::vector<HeaderField> header_;
  std::size_t header_bytes_ = 0;
  std::unordered_map<std::string, unsigned> own_fields_;  // names seen, how often
  std::vector<FieldRemoval> forged_;
  SignatureChoice choice_;
  std::unique_ptr<DkimVerifier> verifier_;
  bool judged_ = true;
  bool is_final_ = false;
  std::string_view stage_ = "message";
};

}  // namespace evidence
