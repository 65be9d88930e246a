// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/identities.h"

#include <algorithm>

#include "milter/evidence/author.h"
#include "milter/evidence/author_rewriting.h"
#include "milter/evidence/origin.h"
#include "policy/domain.h"
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

// Takes a token (RFC 2045 5.1) off the front; "" where there is none.
std::string_view take_token(std::string_view& text) {
  constexpr std::string_view specials = "()<>@,;:\\\"/[]?=";
  std::size_t size = 0;
  while (size < text.size() && text[size] > ' ' && text[size] < 0x7f &&
         specials.find(text[size]) == std::string_view::npos)
    ++size;
  const std::string_view token = text.substr(0, size);
  text.remove_prefix(size);
  return token;
}

// ATTRIBUTE=VALUE (RFC 2045 5.1), the value a token or a quoted string.
bool is_parameter(std::string_view text) {
  if (take_token(text).empty() || !text.starts_with('=')) return false;
  text.remove_prefix(1);
  if (!text.starts_with('"')) return !take_token(text).empty() && text.empty();
  std::size_t at = 1;
  for (; at < text.size() && text[at] != '"'; ++at) at += text[at] == '\\' ? 1 : 0;
  return at + 1 == text.size();
}

// Whether it is exactly one Content-Type (RFC 2045 5.1) without comments, and says
// multipart/report (RFC 6522). A semicolon in a quoted value is beyond what reports have.
bool is_report(const std::vector<HeaderField>& header) {
  std::size_t count = 0;
  bool is_good = false;
  for (const HeaderField& field : header) {
    if (!is_field(field, "Content-Type")) continue;
    ++count;
    const std::string body = util::unfolded(field.value);
    const auto parts = util::split(body, ';');
    is_good = util::ascii_iequals(util::trimmed(parts.front()), "multipart/report") &&
              std::all_of(parts.begin() + 1, parts.end(),
                          [](std::string_view part) { return is_parameter(util::trimmed(part)); });
  }
  return count == 1 && is_good;
}

// Whether the platform itself writes from this mailbox.
bool is_system_author(const policy::Platform& platform, const AuthorDomains& author) {
  return author.mailboxes == 1 && !platform.dkim_suffix.empty() &&
         policy::is_below(author.domains.front(), platform.dkim_suffix) &&
         std::any_of(
             platform.system_local_parts.begin(), platform.system_local_parts.end(),
             [&](const std::string& one) { return util::ascii_iequals(one, author.local_part); });
}

class IdentityReader {
 public:
  IdentityReader(const policy::Snapshot& snapshot, policy::Evidence& evidence)
      : snapshot_(snapshot), evidence_(evidence) {}

  void from(const HeaderField& field) {
    if (++from_count_ > 1) return fault("more than one From field");
    author_ = domains(field, author_domains);
    for (const std::string& domain : author_.domains)
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

  void finish(const std::vector<HeaderField>& header) {
    if (from_count_ == 0) fault("no From field");
    evidence_.author_valid = evidence_.author_fault.empty();
    if (!evidence_.author_valid) evidence_.authors.clear();
    const auto* platform = evidence_.client ? snapshot_.platform_of(*evidence_.client) : nullptr;
    evidence_.system_mail = evidence_.author_valid && platform != nullptr &&
                            is_system_author(*platform, author_) && is_report(header);
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
      if (!rewritten.empty()) found = {.domains = {}, .fault = rewritten};
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
  AuthorDomains author_;
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
  reader.finish(header);
}

}  // namespace evidence
