// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/message.h"

#include <algorithm>
#include <chrono>

#include "milter/evidence/auth_results.h"
#include "milter/evidence/scope.h"
#include "milter/evidence/tenant_headers.h"
#include "policy/judge.h"
#include "policy/roles.h"

namespace evidence {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds progress_every{5};  // spec 2.6
constexpr std::size_t usual_fields = 64;
constexpr std::string_view auth_results_field = "Authentication-Results";
// Thousands of them crash Postfix's cleanup (tried: 3.7), and no honest message has any.
constexpr std::size_t max_removals = 100;
constexpr std::size_t max_recipients = 100;  // that are logged
constexpr std::size_t max_address = 320;     // RFC 3696 3 (erratum): what is logged of one

// One number for a client's questions; of IPv6 the network, of which it has all addresses.
std::uint64_t number_of(const std::optional<policy::Address>& client) {
  constexpr std::size_t own_network = 8;  // octets of IPv6
  if (!client) return 0;
  const auto& octets = client->octets();
  const std::size_t size = client->is_v4() ? octets.size() : own_network;
  return std::hash<std::string_view>{}({reinterpret_cast<const char*>(octets.data()), size}) | 1;
}

}  // namespace

Message::Message(MessageContext context, const Connection& connection, const MailMacros& macros,
                 std::string_view mail_from, std::int64_t time)
    : context_(std::move(context)),
      dns_(*context_.resolver, number_of(connection.client)),
      reverse_path_(read_path(mail_from)) {
  dns_.set_need(Asker::Need::wanted);
  evidence_.time = time;
  evidence_.policy_revision = context_.snapshot->revision();
  read_origin(connection, macros, evidence_);
  evidence_.null_sender = reverse_path_.is_null;
  evidence_.envelope_srs = reverse_path_.is_srs;
  if (!reverse_path_.domain.empty())
    evidence_.envelope = stamped_identity(reverse_path_.domain, *context_.snapshot);
  if (evidence_.client) evidence_.spf.state = policy::Known::pending;
}

// Whether the decision may need SPF, as far as the envelope tells: its answers come while the
// MTA sends the message.
bool Message::spf_can_matter() const {
  if (!evidence_.client || !is_in_scope(*context_.settings, evidence_)) return false;
  if (context_.is_recorded) return true;
  const auto* platform = context_.snapshot->platform_of(*evidence_.client);
  return platform != nullptr && !evidence_.null_sender &&
         context_.snapshot->asks_for_spf(*platform);
}

void Message::begin_spf() {
  if (evidence_.client && !spf_)
    spf_.emplace(SpfRequest{*evidence_.client, evidence_.helo, reverse_path_.address});
  pump_spf();
}

void Message::recipient(std::string_view address, std::string_view mailer) {
  const Path path = read_path(address);
  // A routed one goes where its local part says: its own domain tells nothing.
  policy::Recipient recipient{path.is_routed ? "" : path.domain, std::string(mailer)};
  const bool has_room = ++evidence_.recipient_count <= max_recipients;
  if (has_room)
    evidence_.recipients.push_back(std::move(recipient));
  else if (!is_in_scope(*context_.settings, evidence_))
    evidence_.recipients.back() = std::move(recipient);  // one is enough to be in scope
  if (context_.settings->log_addresses && has_room)
    recipient_addresses_.push_back(util::shown(path.address, max_address));
  if (!spf_ && spf_can_matter()) begin_spf();
}

void Message::header(std::string_view name, std::string_view value) {
  note_forged(name, value);
  header_bytes_ += name.size() + value.size() + 3;  // ": " and the line's end, about
  if (header_bytes_ > context_.settings->max_headers_bytes)
    return set_fault(context_.settings->refuse_oversize ? policy::Fault::headers_refused
                                                        : policy::Fault::headers_limit);
  if (header_.empty()) header_.reserve(usual_fields);
  header_.push_back({std::string(name), std::string(value)});
}

void Message::set_fault(policy::Fault fault) {
  if (evidence_.fault == policy::Fault::none) evidence_.fault = fault;
}

// Counted as the MTA counts them: by name without case.
void Message::note_forged(std::string_view name, std::string_view value) {
  if (evidence_.fault == policy::Fault::removals_limit) return;
  const std::string_view trimmed = util::trimmed(name);
  const bool is_results = util::ascii_iequals(trimmed, auth_results_field);
  const bool is_own = util::ascii_istarts_with(trimmed, own_field_prefix);
  if (!is_results && !is_own) return;
  const unsigned index = ++own_fields_[util::ascii_lower(name)];
  if (is_own || claims_authserv_id(value, context_.settings->authserv_id))
    forged_.push_back({std::string(name), index});
  if (forged_.size() <= max_removals) return;
  evidence_.fault = policy::Fault::removals_limit;  // before any other: it is for good
  forged_.clear();
}

const policy::Verdict& Message::end_of_headers() {
  // A fault may have lost what the scope goes by; the removals are of every message.
  judged_ = evidence_.fault == policy::Fault::internal ||
            evidence_.fault == policy::Fault::removals_limit ||
            is_in_scope(*context_.settings, evidence_);
  if (!judged_) {
    is_final_ = true;
    return verdict_;
  }
  if (evidence_.fault == policy::Fault::none) collect();
  policy_ = context_.snapshot->select(evidence_);
  policy_.override_mode = context_.settings->override_mode();
  std::vector<std::size_t> chosen;
  if (evidence_.fault == policy::Fault::none) chosen = choose();
  stage_ = "headers";
  if (context_.is_recorded) {
    begin_spf();
    ask_keys(chosen);
  }
  ask_for_verdict();
  if (!is_final_) {
    // What is asked from here on decides.
    dns_.set_need(Asker::Need::needed);
    if (spf_can_matter()) begin_spf();
    ask_keys(choice_.needed);
    ask_for_verdict();
  }
  const bool goes_on = action() != Action::reject && action() != Action::tempfail;
  if (!chosen.empty() && (!is_final_ || (goes_on && context_.is_recorded)))
    verifier_ =
        std::make_unique<DkimVerifier>(header_, evidence_.signatures, chosen, evidence_.time);
  return verdict_;
}

void Message::collect() {
  read_identities(header_, *context_.snapshot, evidence_);
  if (!reverse_path_.is_readable) {
    // The MTA may relay it as an address of anybody's.
    evidence_.author_valid = false;
    evidence_.author_fault = "MAIL FROM is no plain address";
    evidence_.authors.clear();
    evidence_.system_mail = false;
  }
  const auto* platform =
      evidence_.client ? context_.snapshot->platform_of(*evidence_.client) : nullptr;
  if (platform != nullptr) read_tenant_headers(header_, *platform, evidence_);
  evidence_.signatures = read_signatures(header_);
  evidence_.signature_count = evidence_.signatures.size();
  for (policy::Signature& signature : evidence_.signatures) {
    if (!signature.domain.domain.empty())
      signature.domain = stamped_identity(signature.domain.domain, *context_.snapshot, evidence_);
    signature.is_tenant_name =
        platform != nullptr && policy::dkim_tenant(*platform, signature.domain.domain);
    // Without From in h= it can't be verified, whatever its key says.
    if (!signature.signs_from) signature.state = policy::Known::known;
  }
}

std::vector<std::size_t> Message::choose() {
  choice_ = choose_signatures(evidence_, policy_, context_.is_recorded);
  for (const std::size_t i : choice_.for_log) evidence_.signatures[i].for_log = true;
  std::vector<std::size_t> chosen = choice_.needed;
  chosen.insert(chosen.end(), choice_.for_log.begin(), choice_.for_log.end());
  for (const std::size_t i : chosen) evidence_.signatures[i].state = policy::Known::pending;
  return chosen;
}

// A key that is known not to exist settles its signature before the body comes.
void Message::ask_keys(const std::vector<std::size_t>& indices) {
  using Outcome = DnsAnswer::Outcome;
  for (const std::size_t i : indices) {
    policy::Signature& signature = evidence_.signatures[i];
    const DnsAnswerPtr answer = dns_.ask(key_question(signature));
    const bool is_absent =
        answer && (answer->outcome == Outcome::no_such_name || answer->outcome == Outcome::no_data);
    signature.state = is_absent ? policy::Known::known : policy::Known::pending;
    if (is_absent) signature.fault = policy::SignatureFault::no_key;
  }
}

bool Message::keys_are_there(const std::vector<std::size_t>& indices) {
  return std::all_of(indices.begin(), indices.end(), [&](std::size_t i) {
    return dns_.ask(key_question(evidence_.signatures[i])) != nullptr;
  });
}

void Message::pump_spf() {
  if (!spf_ || evidence_.spf.state != policy::Known::pending) return;
  const std::uint64_t news = dns_.news();
  if (spf_seen_ == news) return;  // nothing that it waits for has come
  spf_seen_ = news;
  evidence_.spf = spf_->run(dns_);
}

void Message::body(std::string_view chunk) {
  if (wants_body()) verifier_->body(chunk);
}

void Message::ask_for_verdict() {
  pump_spf();
  verdict_ = policy::judge(evidence_, policy_);
  is_final_ = verdict_.decision != policy::Decision::undecided;
}

// A signature whose key has not come stays pending: it is needed for the log alone.
void Message::verify() {
  std::vector<std::pair<std::size_t, policy::Signature>> late;
  auto keep = [&](const std::vector<std::size_t>& indices) {
    for (const std::size_t i : indices) {
      if (!keys_are_there({i})) late.emplace_back(i, evidence_.signatures[i]);
    }
  };
  keep(choice_.needed);
  keep(choice_.for_log);
  verifier_->finish(dns_, evidence_.signatures);
  for (const auto& [i, signature] : late) evidence_.signatures[i] = signature;
  verifier_.reset();
}

const policy::Verdict& Message::end_of_message(const std::function<void()>& progress) {
  if (!judged_) return verdict_;
  if (is_final_) {
    // Settled by the header; what has come since is for the log.
    if (verifier_ != nullptr) verify();
    ask_for_verdict();
    return verdict_;
  }
  stage_ = "message";
  const auto begin = Clock::now();
  const auto deadline = begin + context_.settings->dns_budget;
  auto next_progress = begin + progress_every;
  for (bool given_up = false;;) {
    if (verifier_ != nullptr && keys_are_there(choice_.needed)) verify();
    ask_for_verdict();
    if (is_final_) return verdict_;
    const auto now = Clock::now();
    if (now >= next_progress) {
      if (progress) progress();
      next_progress = now + progress_every;
    }
    if (now < deadline) {
      dns_.wait(std::min(deadline, next_progress));
      continue;
    }
    if (given_up) set_fault(policy::Fault::internal);  // nothing is pending any more
    dns_.give_up();
    given_up = true;
  }
}

std::vector<FieldRemoval> Message::removals() const { return {forged_.rbegin(), forged_.rend()}; }

std::vector<HeaderField> Message::additions() const {
  std::vector<HeaderField> fields;
  if (!judged_) return fields;
  const std::string reason(policy::info(verdict_.reason).name);
  if (action() == Action::quarantine) fields.push_back({std::string(quarantine_field), reason});
  if (action() == Action::tag) fields.push_back({std::string(tag_field), reason});
  if (verdict_.decision == policy::Decision::accept) {
    const bool by_platform =
        policy_.platform != nullptr && policy::belongs_to_platform(evidence_, policy_);
    std::string body =
        auth_results_body(context_.settings->auth_results, context_.settings->authserv_id,
                          evidence_, verdict_, by_platform ? policy_.platform->name : "");
    if (!body.empty()) fields.push_back({std::string(auth_results_field), std::move(body)});
  }
  return fields;
}

Decided Message::decided(std::string_view queue_id) const {
  Decided decided{.queue_id = std::string(queue_id),
                  .stage = std::string(stage_),
                  .sender_address = {},
                  .recipient_addresses = recipient_addresses_,
                  .verdict = verdict_,
                  .action = action()};
  if (context_.settings->log_addresses)
    decided.sender_address = util::shown(reverse_path_.address, max_address);
  return decided;
}

}  // namespace evidence
