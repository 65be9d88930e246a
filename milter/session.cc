// SPDX-License-Identifier: BSD-2-Clause
#include "milter/session.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include "util/format.h"
#include "util/log.h"

namespace milter {

namespace {

using evidence::Action;

Answer refusal(const policy::ReplyCode& code, std::string text) {
  Answer answer;
  answer.kind = Answer::Kind::refuse;
  answer.smtp = code.smtp;
  answer.enhanced = code.enhanced;
  answer.text = std::move(text);
  return answer;
}

bool is_refusal(Action action) { return action == Action::reject || action == Action::tempfail; }

void log_decision(const evidence::Message& message, const evidence::Decided& decided) {
  const policy::Verdict& verdict = decided.verdict;
  const auto client = message.evidence().client;
  const std::string author =
      message.evidence().authors.empty() ? "?" : message.evidence().authors.front().domain;
  std::string seen = verdict.seen;
  std::replace(seen.begin(), seen.end(), '"', '\'');  // what was seen ends nothing
  if (!seen.empty()) seen = " seen=\"" + seen + "\"";
  util::log(util::LogLevel::info,
            util::format("{}: {} verdict={} reason={} mode={} from={} client={}{}",
                         decided.queue_id, policy::name_of(decided.action, evidence::action_names),
                         policy::name_of(verdict.decision, policy::decision_names),
                         policy::info(verdict.reason).name,
                         policy::name_of(verdict.mode, policy::mode_names), author,
                         client ? client->to_string() : "?", seen));
}

}  // namespace

Session::Session(State& state)
    : state_(state),
      over_limit_(++state.counters().connections > state.settings()->max_connections) {}

Session::~Session() {
  abort();
  --state_.counters().connections;
}

void Session::connect(std::optional<policy::Address> client, std::string_view name) {
  connection_ = {client, std::string(name), {}};
}

void Session::helo(std::string_view name) { connection_.helo = name; }

void Session::mail(std::string_view mail_from, const evidence::MailMacros& macros) {
  abort();
  is_begun_ = true;
  ++state_.counters().in_flight;  // before a question of its own is out: a drain must see it
  try {
    message_.emplace(state_.context(), connection_, macros, mail_from, std::time(nullptr));
  } catch (...) {
    --state_.counters().in_flight;
    throw;
  }
  ++state_.counters().seen;
  if (over_limit_) message_->set_fault(policy::Fault::connections_limit);
  if (is_broken_) message_->set_fault(policy::Fault::internal);
}

void Session::recipient(std::string_view address, std::string_view mailer) {
  if (message_) message_->recipient(address, mailer);
}

void Session::header(std::string_view name, std::string_view value) {
  if (message_) message_->header(name, value);
}

Answer Session::end_of_headers(std::string_view queue_id) {
  if (!message_) return fault();  // what broke it at MAIL is answered here
  const policy::Verdict& verdict = message_->end_of_headers();
  if (message_->is_judged()) ++state_.counters().judged;
  const bool is_decided = message_->is_judged() && verdict.decision != policy::Decision::undecided;
  if (!is_decided || !is_refusal(message_->action())) return {};
  Answer answer = answer_for_verdict();
  finish(queue_id);
  return answer;
}

Answer Session::body(std::string_view chunk) {
  Answer answer;
  if (!message_ || !message_->wants_body())
    answer.kind = Answer::Kind::skip_body;
  else
    message_->body(chunk);
  return answer;
}

Answer Session::end_of_message(std::string_view queue_id, const std::function<void()>& progress) {
  if (!message_) return fault();
  message_->end_of_message(progress);
  Answer answer = answer_for_verdict();
  finish(queue_id);
  return answer;
}

Answer Session::answer_for_verdict() const {
  const policy::Verdict& verdict = message_->verdict();
  Answer answer;
  if (message_->is_judged() && is_refusal(message_->action())) {
    answer = refusal(verdict.code, evidence::reply_text(verdict, message_->settings().reply_url));
  } else {
    if (message_->is_judged() && message_->action() == Action::quarantine)
      answer.quarantine = policy::info(verdict.reason).name;
    answer.removals = message_->removals();
    answer.additions = message_->additions();
  }
  return answer;
}

void Session::finish(std::string_view queue_id) {
  if (message_->is_judged()) {
    const evidence::Decided decided = message_->decided(queue_id);
    log_decision(*message_, decided);
    if (!message_->settings().decision_log.empty())
      state_.decisions().append(to_record(decided, message_->evidence()).line());
  }
  message_.reset();
  is_begun_ = false;
  is_answered_ = true;
  ++state_.counters().answered;
  --state_.counters().in_flight;
}

// The MTA went on: it has got the answer.
void Session::heard() {
  if (std::exchange(is_answered_, false)) --state_.counters().answered;
}

void Session::abort() {
  heard();
  is_begun_ = false;
  if (!message_) return;
  message_.reset();
  --state_.counters().in_flight;
}

Answer Session::fault() {
  if (message_) message_->set_fault(policy::Fault::internal);
  if (!is_begun_) is_broken_ = true;  // the messages to come know too little
  if (state_.settings()->monitor) {
    Answer answer;
    if (message_) answer.removals = message_->removals();
    return answer;
  }
  return refusal(policy::info(policy::Reason::internal).code,
                 std::string(policy::info(policy::Reason::internal).name));
}

}  // namespace milter
