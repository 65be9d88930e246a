// SPDX-License-Identifier: BSD-2-Clause
// What stands between libspf2 and the DNS. Every record is read by the letter first
// (spf_record.h), macros are expanded, limits and void look-ups counted (RFC 7208
// 4.6.4), addresses compared. The library evaluates a translation: records in which
// each domain is a name made up here, each macro gone, and in which the client is
// 192.0.2.1. So nothing of a message or of the DNS ever reaches the library.
//
// One evaluation has as many runs as answers come one after the other: the library can't suspend,
// so it starts anew, and the guard remembers what it has answered. A term that is known not to
// match is left out of the translation of the next run. Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "milter/evidence/dns.h"
#include "milter/evidence/spf_macro.h"
#include "milter/evidence/spf_record.h"
#include "milter/evidence/spf_results.h"
#include "policy/evidence.h"

namespace evidence {

class SpfGuard {
 public:
  static constexpr std::string_view client = "192.0.2.1";     // as the library knows it
  static constexpr std::string_view stranger = "192.0.2.2";   // any other address
  static constexpr std::string_view first_name = "root.spf";  // of the domain that is checked

  // The macros of the domain that is checked.
  explicit SpfGuard(SpfMacros macros);

  // Before each run; `dns` is the same in all of them, wherever it lies, and outlives the run.
  void begin(MessageDns& dns);

  // The answer to a question of the library: texts, names or addresses; empty where
  // there is no such name. Once `is_over`, nothing more has a meaning.
  std::vector<std::string> look_up(std::string_view name, RecordType type);

  // Whether the evaluation can't go on: an answer is under way, or the result is certain.
  bool is_over() const { return is_pending_ || result_; }
  bool is_pending() const { return is_pending_; }
  std::optional<policy::SpfResult> result() const { return result_; }
  // Why the result is an error, for a person to read: "two records at contoso.com"; else "".
  const std::string& cause() const { return cause_; }
  bool secure() const { return is_secure_; }
  // Whether client, domain and answers alone have led here: no macro was expanded.
  bool is_repeatable() const { return is_repeatable_; }
  SpfResults::Asked take_asked() { return std::move(asked_); }

 private:
  using Answer = std::vector<std::string>;
  struct Term {
    SpfTerm term;
    bool is_counted = false;            // it has cost a look-up
    bool was_void = false;              // one of its answers was
    bool cannot_match = false;          // as is known by now
    std::optional<Answer> answer;       // to the library, once it is known
    std::optional<std::size_t> record;  // of include and redirect: the index of what was found
    std::vector<std::string> mx_hosts = {};
    std::vector<std::optional<Answer>> host_answers = {};  // index by index
  };
  struct Record {
    std::string domain;
    std::vector<Term> terms;
  };
  // What a made-up name stands for.
  struct Target {
    std::size_t record;
    std::size_t term;
    std::optional<std::size_t> mx_host;
  };

  void end(policy::SpfResult result, std::string cause = "");
  Answer ended(policy::SpfResult result, std::string cause);
  // The answer; null where the evaluation is over. A void one counts for its term, if there
  // is one.
  DnsAnswerPtr ask(const Question& question, Term* term);
  DnsAnswerPtr ask_host(const std::string& name, Term* term);
  Term& term_of(const Target& target) { return records_[target.record].terms[target.term]; }

  std::optional<Target> target_of(std::string_view name) const;
  std::string name_of(std::size_t record, std::size_t term) const;
  std::string translated(const Record& record, std::size_t index) const;

  // Each gives what the library is answered; nothing has a meaning once `is_over`.
  Answer look_up_host(const Target& target);
  Answer look_up_term(const Target& target, RecordType type);
  Answer answer_term(const Target& target, const std::string& domain);
  std::optional<std::size_t> read_record(const std::string& domain, const std::string& by);
  Answer hosts_of(const Target& target, const std::string& domain);
  Answer compared(Term& term, const std::string& host);
  Answer existing(Term& term, const std::string& domain);
  Answer pointed(Term& term, const std::string& domain);

  // The name that the term is about; nothing where the evaluation is over.
  std::optional<std::string> domain_of(const Target& target);
  // The client's names that have its address (RFC 7208 5.5); nothing while pending.
  std::optional<std::vector<std::string>> validated_names(Term* term);
  std::optional<std::string> validated_name(const std::string& domain);

  SpfMacros macros_;
  MessageDns* dns_ = nullptr;  // while a run lasts
  std::vector<Record> records_;
  std::optional<std::size_t> first_record_;
  unsigned terms_ = 0;
  unsigned voids_ = 0;
  SpfResults::Asked asked_;
  bool is_repeatable_ = true;
  bool is_secure_ = true;
  bool is_pending_ = false;
  std::optional<policy::SpfResult> result_;
  std::string cause_;
};

}  // namespace evidence
