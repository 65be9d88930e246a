// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/spf_guard.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "policy/domain.h"
#include "util/format.h"
#include "util/text.h"

namespace evidence {

namespace {

using Mechanism = SpfTerm::Mechanism;
using Outcome = DnsAnswer::Outcome;
using policy::SpfResult;

// RFC 7208 4.6.4
constexpr unsigned max_terms = 10;
constexpr unsigned max_voids = 2;
constexpr std::size_t max_mx_hosts = 10;
constexpr std::size_t max_pointers = 10;

constexpr std::size_t max_label = 63;
constexpr std::size_t max_name = 253;

const std::vector<std::string> nothing;

// A name of raw bytes as a Question wants it; nothing where it can be none.
std::optional<std::string> question_name(std::string_view raw) {
  if (raw.empty() || raw.size() > max_name) return std::nullopt;
  std::string name;
  for (const std::string_view label : util::split(raw, '.')) {
    if (label.empty() || label.size() > max_label) return std::nullopt;
    if (!name.empty()) name.push_back('.');
    for (const char c : util::ascii_lower(label)) {
      const bool is_plain = util::is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
      name += is_plain ? std::string(1, c) : util::format("\\{:03}", static_cast<unsigned char>(c));
    }
  }
  return name;
}

bool has_address(const DnsAnswer& answer, const policy::Network& network) {
  return std::any_of(answer.data.begin(), answer.data.end(), [&](const std::string& octets) {
    if (octets.size() == 4) {
      std::array<std::uint8_t, 4> v4;
      std::copy(octets.begin(), octets.end(), v4.begin());
      return network.contains(policy::Address::v4(v4));
    }
    std::array<std::uint8_t, 16> v6{};
    if (octets.size() != v6.size()) return false;
    std::copy(octets.begin(), octets.end(), v6.begin());
    return network.contains(policy::Address::v6(v6));
  });
}

std::string_view mechanism_text(Mechanism mechanism) {
  switch (mechanism) {
    case Mechanism::all:
      return "all";
    case Mechanism::include:
      return "include:";
    case Mechanism::a:
      return "a:";
    case Mechanism::mx:
      return "mx:";
    case Mechanism::ptr:
    case Mechanism::exists:
      return "exists:";
    case Mechanism::ip4:
    case Mechanism::ip6:
      return "ip4:";
    case Mechanism::redirect:
      return "redirect=";
  }
  return "";
}

// As it stands in a record, but for qualifier and prefix.
std::string shown_term(const SpfTerm& term) {
  constexpr std::array<std::string_view, 9> names{"all", "include", "a",      "mx",      "ptr",
                                                  "ip4", "ip6",     "exists", "redirect"};
  const std::string name(names[static_cast<std::size_t>(term.mechanism)]);
  const char* const sign = term.mechanism == Mechanism::redirect ? "=" : ":";
  return term.domain_spec.empty() ? name : name + sign + util::shown(term.domain_spec);
}

std::string no_answer(const std::string& name) { return "no answer for " + util::shown(name); }

// Whether the library, told so, finds its client.
bool is_match(const std::vector<std::string>& answer) {
  return std::find(answer.begin(), answer.end(), SpfGuard::client) != answer.end();
}

// Takes a letter and a number off the front: "t12".
std::optional<std::size_t> take_number(std::string_view& text, char letter) {
  if (text.empty() || text.front() != letter) return std::nullopt;
  std::size_t value = 0;
  const auto [rest, fault] = std::from_chars(text.data() + 1, text.data() + text.size(), value);
  if (fault != std::errc() || rest == text.data() + text.size() || *rest != '.')
    return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()) + 1);
  return value;
}

}  // namespace

SpfGuard::SpfGuard(SpfMacros macros) : macros_(std::move(macros)) {}

void SpfGuard::begin(MessageDns& dns) {
  dns_ = &dns;
  is_pending_ = false;
}

void SpfGuard::end(SpfResult result, std::string cause) {
  if (is_over()) return;
  result_ = result;
  cause_ = std::move(cause);
}

SpfGuard::Answer SpfGuard::ended(SpfResult result, std::string cause) {
  end(result, std::move(cause));
  return nothing;
}

DnsAnswerPtr SpfGuard::ask(const Question& question, Term* term) {
  if (is_over()) return nullptr;
  DnsAnswerPtr answer = dns_->ask(question);
  if (answer == nullptr) {
    is_pending_ = true;
    return nullptr;
  }
  asked_.emplace_back(question, answer);
  is_secure_ = is_secure_ && answer->secure;
  const bool is_void =
      answer->outcome == Outcome::no_data || answer->outcome == Outcome::no_such_name;
  if (!is_void || term == nullptr || term->was_void) return answer;
  term->was_void = true;  // terms are counted, not answers (RFC 7208 4.6.4)
  if (++voids_ <= max_voids) return answer;
  end(SpfResult::permerror, util::format("more than {} void look-ups, at {}: {}", max_voids,
                                         shown_term(term->term), util::shown(question.name)));
  return nullptr;
}

// The addresses of a host, of the client's kind.
DnsAnswerPtr SpfGuard::ask_host(const std::string& name, Term* term) {
  return ask({name, macros_.client.is_v4() ? RecordType::a : RecordType::aaaa}, term);
}

// "root.spf", "tTERM.rRECORD.spf", "mHOST.tTERM.rRECORD.spf"
std::string SpfGuard::name_of(std::size_t record, std::size_t term) const {
  return util::format("t{}.r{}.spf", term, record);
}

std::optional<SpfGuard::Target> SpfGuard::target_of(std::string_view name) const {
  Target target{};
  if (name.starts_with('m')) {
    target.mx_host = take_number(name, 'm');
    if (!target.mx_host) return std::nullopt;
  }
  const auto term = take_number(name, 't');
  const auto record = term ? take_number(name, 'r') : std::nullopt;
  if (!record || *record >= records_.size() || *term >= records_[*record].terms.size())
    return std::nullopt;
  target.record = *record;
  target.term = *term;
  if (target.mx_host && *target.mx_host >= records_[*record].terms[*term].mx_hosts.size())
    return std::nullopt;
  return target;
}

std::string SpfGuard::translated(const Record& record, std::size_t index) const {
  std::string text = "v=spf1";
  const bool has_all = std::any_of(record.terms.begin(), record.terms.end(), [](const Term& one) {
    return one.term.mechanism == Mechanism::all;
  });
  for (std::size_t i = 0; i < record.terms.size(); ++i) {
    const SpfTerm& term = record.terms[i].term;
    const bool is_network = term.mechanism == Mechanism::ip4 || term.mechanism == Mechanism::ip6;
    const bool is_redirect = term.mechanism == Mechanism::redirect;
    if (record.terms[i].cannot_match) continue;
    if (is_network && (!term.network || !term.network->contains(macros_.client))) continue;
    if (is_redirect && has_all) continue;  // RFC 7208 6.1
    text += ' ';
    if (!is_redirect) text += term.qualifier;
    text += mechanism_text(term.mechanism);
    if (is_network)
      text += client;
    else if (term.mechanism != Mechanism::all)
      text += name_of(index, i);
  }
  return text;
}

SpfGuard::Answer SpfGuard::look_up(std::string_view name, RecordType type) {
  if (is_over()) return nothing;
  if (name == first_name) {
    if (type != RecordType::txt) return nothing;
    if (!first_record_) first_record_ = read_record(macros_.domain, "");
    if (!first_record_) return nothing;
    return {translated(records_[*first_record_], *first_record_)};
  }
  const auto target = target_of(name);
  if (!target) return nothing;
  if (target->mx_host) return type == RecordType::a ? look_up_host(*target) : nothing;
  return look_up_term(*target, type);
}

SpfGuard::Answer SpfGuard::look_up_host(const Target& target) {
  Term& term = term_of(target);
  std::optional<Answer>& known = term.host_answers[*target.mx_host];
  if (!known) {
    Answer answer = compared(term, term.mx_hosts[*target.mx_host]);
    if (is_over()) return nothing;
    known = std::move(answer);
    term.cannot_match =
        std::all_of(term.host_answers.begin(), term.host_answers.end(),
                    [](const std::optional<Answer>& one) { return one && !is_match(*one); });
  }
  return *known;
}

// The first look-up of a term that costs one (RFC 7208 4.6.4).
SpfGuard::Answer SpfGuard::look_up_term(const Target& target, RecordType type) {
  const Mechanism mechanism = term_of(target).term.mechanism;
  const bool leads_on = mechanism == Mechanism::include || mechanism == Mechanism::redirect;
  const RecordType wanted = leads_on                     ? RecordType::txt
                            : mechanism == Mechanism::mx ? RecordType::mx
                                                         : RecordType::a;
  if (type != wanted) return nothing;
  if (!std::exchange(term_of(target).is_counted, true) && ++terms_ > max_terms)
    return ended(SpfResult::permerror, util::format("more than {} terms that look up, at {}",
                                                    max_terms, shown_term(term_of(target).term)));
  if (term_of(target).answer) return *term_of(target).answer;
  if (!term_of(target).record) {
    const auto domain = domain_of(target);
    if (!domain) return nothing;
    if (!leads_on) return answer_term(target, *domain);
    // Reading a record may move the terms.
    const std::string by = shown_term(term_of(target).term);
    const auto record = read_record(*domain, by);
    if (!record) return nothing;
    term_of(target).record = record;
  }
  const std::size_t record = *term_of(target).record;
  return {translated(records_[record], record)};
}

SpfGuard::Answer SpfGuard::answer_term(const Target& target, const std::string& domain) {
  Term& term = term_of(target);
  Answer answer;
  const auto name = question_name(domain);
  switch (term.term.mechanism) {
    case Mechanism::mx:
      answer = hosts_of(target, domain);
      break;
    case Mechanism::exists:
      answer = existing(term, domain);
      break;
    case Mechanism::ptr:
      answer = pointed(term, domain);
      break;
    default:
      if (name) answer = compared(term, *name);
  }
  if (is_over()) return nothing;
  const bool has_hosts = term.term.mechanism == Mechanism::mx && !answer.empty();
  term.cannot_match = !has_hosts && !is_match(answer);
  term.answer = answer;
  return answer;
}

std::optional<std::string> SpfGuard::domain_of(const Target& target) {
  const Record& record = records_[target.record];
  const std::string& spec = record.terms[target.term].term.domain_spec;
  if (spec.empty()) return record.domain;
  is_repeatable_ = is_repeatable_ && spec.find('%') == std::string::npos;
  SpfMacros macros = macros_;
  macros.domain = record.domain;
  macros.validated_name = [&] { return validated_name(record.domain); };
  auto domain = expand_macros(spec, macros);
  return domain;
}

// The record of a domain (RFC 7208 4.4, 4.5, 5.2, 6.1). `by` says what has asked for it, "" for the
// domain that is checked, which may have none.
std::optional<std::size_t> SpfGuard::read_record(const std::string& domain, const std::string& by) {
  const std::string at = util::shown(domain) + (by.empty() ? "" : ", by " + by);
  auto none = [&](std::string cause) -> std::optional<std::size_t> {
    if (by.empty())
      end(SpfResult::none);
    else
      end(SpfResult::permerror, std::move(cause));
    return std::nullopt;
  };
  auto fault = [&](std::string cause) -> std::optional<std::size_t> {
    end(SpfResult::permerror, std::move(cause));
    return std::nullopt;
  };
  const auto name = question_name(domain);
  if (!name) return none("no name: " + at);
  const DnsAnswerPtr answer = ask({*name, RecordType::txt}, nullptr);
  if (answer == nullptr) return std::nullopt;
  if (answer->outcome == Outcome::failure) {
    end(SpfResult::temperror, no_answer(*name));
    return std::nullopt;
  }
  std::vector<std::string> texts;
  std::copy_if(answer->data.begin(), answer->data.end(), std::back_inserter(texts), is_spf_record);
  if (texts.empty()) return none("no record at " + at);
  if (texts.size() > 1) return fault(util::format("{} records at {}", texts.size(), at));
  std::string faulty;
  auto terms = parse_spf_record(texts.front(), &faulty);
  if (!terms)
    return fault(
        util::format("\"{}\" can't be read, in the record of {}", util::shown(faulty), at));
  Record& record = records_.emplace_back(Record{domain, {}});
  for (SpfTerm& term : *terms) record.terms.push_back({std::move(term)});
  return records_.size() - 1;
}

SpfGuard::Answer SpfGuard::hosts_of(const Target& target, const std::string& domain) {
  const auto name = question_name(domain);
  if (!name) return nothing;
  Term& term = term_of(target);
  const DnsAnswerPtr answer = ask({*name, RecordType::mx}, &term);
  if (answer == nullptr) return nothing;
  if (answer->outcome == Outcome::failure) return ended(SpfResult::temperror, no_answer(*name));
  if (answer->data.size() > max_mx_hosts)
    return ended(SpfResult::permerror, util::format("more than {} MX records at mx: {}",
                                                    max_mx_hosts, util::shown(*name)));
  std::copy_if(answer->data.begin(), answer->data.end(), std::back_inserter(term.mx_hosts),
               [](const std::string& host) { return !host.empty(); });
  term.host_answers.resize(term.mx_hosts.size());
  Answer names;
  for (std::size_t i = 0; i < term.mx_hosts.size(); ++i)
    names.push_back(util::format("m{}.{}", i, name_of(target.record, target.term)));
  return names;
}

// Whether the client is among the host's addresses, by the prefix of the term.
SpfGuard::Answer SpfGuard::compared(Term& term, const std::string& host) {
  const DnsAnswerPtr answer = ask_host(host, &term);
  if (answer == nullptr) return nothing;
  if (answer->outcome == Outcome::failure) return ended(SpfResult::temperror, no_answer(host));
  if (answer->outcome != Outcome::records) return nothing;
  const int prefix = macros_.client.is_v4() ? term.term.prefix_v4 : term.term.prefix_v6;
  const bool is_there = has_address(*answer, policy::Network(macros_.client, prefix));
  return {std::string(is_there ? client : stranger)};
}

// RFC 7208 5.7: an A record, whatever the client is.
SpfGuard::Answer SpfGuard::existing(Term& term, const std::string& domain) {
  const auto name = question_name(domain);
  if (!name) return nothing;
  const DnsAnswerPtr answer = ask({*name, RecordType::a}, &term);
  if (answer == nullptr) return nothing;
  if (answer->outcome == Outcome::failure) return ended(SpfResult::temperror, no_answer(*name));
  return answer->outcome == Outcome::records ? std::vector{std::string(client)} : nothing;
}

// RFC 7208 5.5
SpfGuard::Answer SpfGuard::pointed(Term& term, const std::string& domain) {
  const auto name = question_name(domain);
  const auto names = validated_names(&term);
  if (!names || !name) return nothing;
  const bool is_there = std::any_of(names->begin(), names->end(), [&](const std::string& one) {
    return one == *name || policy::is_below(one, *name);
  });
  return is_there ? std::vector{std::string(client)} : nothing;
}

std::optional<std::vector<std::string>> SpfGuard::validated_names(Term* term) {
  const std::string suffix = macros_.client.is_v4() ? ".in-addr.arpa" : ".ip6.arpa";
  const DnsAnswerPtr pointers =
      ask({reversed(dotted(macros_.client)) + suffix, RecordType::ptr}, term);
  if (pointers == nullptr) return std::nullopt;
  const policy::Network host(macros_.client, macros_.client.bits());
  std::vector<std::string> names;
  // A failed answer has no data: no name of it counts.
  for (std::size_t i = 0; i < std::min(pointers->data.size(), max_pointers); ++i) {
    const DnsAnswerPtr addresses = ask_host(pointers->data[i], nullptr);
    if (addresses == nullptr) return std::nullopt;
    if (has_address(*addresses, host)) names.push_back(pointers->data[i]);
  }
  return names;
}

// RFC 7208 7.3, "p": the domain itself, else a name below it, else any.
std::optional<std::string> SpfGuard::validated_name(const std::string& domain) {
  const auto names = validated_names(nullptr);
  if (!names) return std::nullopt;
  const std::string wanted = util::ascii_lower(domain);
  if (std::find(names->begin(), names->end(), wanted) != names->end()) return wanted;
  for (const std::string& name : *names) {
    if (policy::is_below(name, wanted)) return name;
  }
  return names->empty() ? "unknown" : names->front();
}

}  // namespace evidence
