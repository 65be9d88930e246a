// SPDX-License-Identifier: BSD-2-Clause
// One connection of the MTA, without libmilter's types: what it says goes in, what is
// to be answered comes out. A message is made new at each MAIL and nothing carries
// over. libmilter serves a session from one thread at a time, not always the same.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "milter/evidence/message.h"
#include "milter/state.h"

namespace milter {

// What the MTA is told.
struct Answer {
  enum class Kind { go_on, skip_body, refuse };
  Kind kind = Kind::go_on;
  std::string smtp;      // refuse: three digits
  std::string enhanced;  // refuse
  std::string text;      // refuse; '%' is itself
  // At end of message, of one that is let through:
  std::string quarantine;  // a reason, "" for none
  std::vector<evidence::FieldRemoval> removals;
  std::vector<evidence::HeaderField> additions;
};

class Session {
 public:
  explicit Session(State& state);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void connect(std::optional<policy::Address> client, std::string_view name);
  void helo(std::string_view name);
  void mail(std::string_view mail_from, const evidence::MailMacros& macros);
  void recipient(std::string_view address, std::string_view mailer);
  void header(std::string_view name, std::string_view value);
  Answer end_of_headers(std::string_view queue_id);
  Answer body(std::string_view chunk);
  Answer end_of_message(std::string_view queue_id, const std::function<void()>& progress);
  // The message is over: by RSET, by a lost connection, by the MTA's own refusal.
  void abort();
  // Something broke inside: what to answer now, and in the end if no answer can be
  // given now.
  Answer fault();

 private:
  Answer answer_for_verdict() const;
  void heard();
  void finish(std::string_view queue_id);

  State& state_;
  const bool over_limit_;
  evidence::Connection connection_;
  std::optional<evidence::Message> message_;
  bool is_begun_ = false;     // a message is, whether or not it could be made
  bool is_broken_ = false;    // a fault before any message
  bool is_answered_ = false;  // and the MTA has not gone on since
};

}  // namespace milter
