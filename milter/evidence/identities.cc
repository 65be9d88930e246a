// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/identities.h"

#include <algorithm>

#include "milter/evidence/author.h"
#include "milter/evidence/author_rewriting.h"
#include "milter/evidence/origin.h"
#include "util/psl.h"
#include "util/text.h"

namespace evidence {

namespace {

// Beside the authors: a message that was resent a hundred times is none.
constexpr std::size_t max_identities = 100;

void add_identity(std::vector<policy::Identity>& identities, policy::Identity identity) {
  if (std::find(identities.begin(), identities.end(), identity) == identities.end())
    identities.push_back(std::move(identity));
}

// The first word of a field body, lower case; "" where it has none.
std::string first_word(std::string_view value) {
  const auto start = util::past_cfws(value, 0);
  if (!start) return "";
  const std::string_view word = value.substr(*start);
  return util::ascii_lower(word.substr(0, word.find_first_of("; \t\r\n(")));
}

class IdentityReader {
 public:
  IdentityReader(const policy::Snapshot& snapshot, policy::Evidence& evidence)
      : snapshot_(snapshot), evidence_(evidence) {}

  void from(const HeaderField& field) {
    if (++from_count_ > 1) return fault("more than one From field");
    const AuthorDomains read = domains(field, author_domains);
    for (const std::string& domain : read.domains)
      add_identity(evidence_.authors, stamped_identity(domain, snapshot_, evidence_));
  }
  void sender(const HeaderField& field) {
    if (++sender_count_ > 1) return fault("more than one Sender field");
    const AuthorDomains read = other(field, sender_domain);
    if (!read.domains.empty()) evidence_.sender_domain = read.domains.front();
  }
  void resent_from(const HeaderField& field) {
    const AuthorDomains read = other(field, author_domains);
    std::vector<std::string>& known = evidence_.resent_from;
    for (const std::string& domain : read.domains) {
      if (std::find(known.begin(), known.end(), domain) == known.end()) known.push_back(domain);
    }
  }
  void resent_sender(const HeaderField& field) { (void)other(field, sender_domain); }

  void finish() {
    if (from_count_ == 0) fault("no From field");
    evidence_.author_valid = evidence_.author_fault.empty();
    if (!evidence_.author_valid) evidence_.authors.clear();
  }

 private:
  void fault(std::string_view what) {
    if (evidence_.author_fault.empty()) evidence_.author_fault = what;
  }

  template <class Read>
  AuthorDomains domains(const HeaderField& field, Read read) {
    AuthorDomains found;
    if (!evidence_.author_fault.empty()) return found;  // nothing more is asked of it
    found = read(field);
    if (found.fault.empty() && !is_postfix(evidence_.mta_version)) {
      const std::string rewritten = rewriting_fault(field.value);
      if (!rewritten.empty()) found = {{}, rewritten};
    }
    if (!found.fault.empty()) fault(std::string(util::trimmed(field.name)) + ": " + found.fault);
    return found;
  }

  template <class Read>
  AuthorDomains other(const HeaderField& field, Read read) {
    AuthorDomains found = domains(field, read);
    for (const std::string& domain : found.domains)
      add_identity(evidence_.other_identities, stamped_identity(domain, snapshot_, evidence_));
    if (evidence_.other_identities.size() > max_identities) fault("too many Resent fields");
    return found;
  }

  const policy::Snapshot& snapshot_;
  policy::Evidence& evidence_;
  unsigned from_count_ = 0;
  unsigned sender_count_ = 0;
};

}  // namespace

policy::Identity stamped_identity(const std::string& domain, const policy::Snapshot& snapshot) {
  return {domain, util::organisational_domain(domain, snapshot.organisation_suffixes())};
}

policy::Identity stamped_identity(const std::string& domain, const policy::Snapshot& snapshot,
                                  const policy::Evidence& known) {
  if (known.envelope && known.envelope->domain == domain) return *known.envelope;
  const auto author =
      std::find_if(known.authors.begin(), known.authors.end(),
                   [&](const policy::Identity& one) { return one.domain == domain; });
  return author != known.authors.end() ? *author : stamped_identity(domain, snapshot);
}

void read_identities(const std::vector<HeaderField>& header, const policy::Snapshot& snapshot,
                     policy::Evidence& evidence) {
  IdentityReader reader(snapshot, evidence);
  for (const HeaderField& field : header) {
    if (is_field(field, "From")) reader.from(field);
    if (is_field(field, "Sender")) reader.sender(field);
    if (is_field(field, "Resent-From")) reader.resent_from(field);
    if (is_field(field, "Resent-Sender")) reader.resent_sender(field);
  }
  reader.finish();
}

bool is_system_mail(const std::vector<HeaderField>& header) {
  for (const HeaderField& field : header) {
    if (is_field(field, "Auto-Submitted") && first_word(field.value) != "no") return true;
    if (is_field(field, "Content-Type") && first_word(field.value) == "multipart/report")
      return true;
  }
  return false;
}

}  // namespace evidence
