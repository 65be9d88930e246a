// SPDX-License-Identifier: BSD-2-Clause
// The reason table (spec 6): one row for each reason that a message can be refused
// or deferred for. Replies, the decision log and the manual read it.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace policy {

enum class Reason {
  none,
  author_invalid,
  sender_unknown,
  origin_denied,
  tenant_missing,
  tenant_conflict,
  tenant_blocked,
  tenant_denied,
  tenant_transit,
  spf_failed,
  spf_unaligned,
  dkim_missing,
  dkim_failed,
  dkim_unacceptable,
  dkim_unaligned,
  dns_unavailable,
  limit,
  internal,
};

// An SMTP reply code and an RFC 3463 enhanced status code.
struct ReplyCode {
  std::string_view smtp = "";
  std::string_view enhanced = "";
  bool operator==(const ReplyCode&) const = default;
};

struct ReasonInfo {
  Reason reason;
  std::string_view name;
  int check;  // the first check that gives it; 0 for none
  ReplyCode code;
  std::string_view manual;  // what it means, for the sender's administrator
  std::string_view remedy;  // what that person should do
};

inline constexpr std::array<ReasonInfo, 18> reasons{{
    {Reason::none, "none", 0, {}, "", ""},
    {Reason::author_invalid,
     "author-invalid",
     1,
     {"550", "5.7.1"},
     "The message has no single From field that every reader would understand alike, or a Sender "
     "or Resent field that can't be read, or an envelope sender that is no plain address.",
     "Send one From field with one address (RFC 5322 3.6.2), and quote names that have a comma or "
     "an @ in them: look at the program that composes the mail."},
    {Reason::sender_unknown,
     "sender-unknown",
     2,
     {"550", "5.7.1"},
     "The domain in From is not configured at this relay.",
     "Use an author domain of a customer of the relay, or ask its operator to add the domain; "
     "where the message was forwarded for one of its users, ask for forwarding."},
    {Reason::origin_denied,
     "origin-denied",
     3,
     {"550", "5.7.1"},
     "The sender has not allowed this client: no login, network or platform that it lists.",
     "Send from a server, with a login or over a platform that the relay's operator has listed, or "
     "ask to have it listed."},
    {Reason::tenant_missing,
     "tenant-missing",
     4,
     {"550", "5.7.1"},
     "The message came from a shared platform and nothing in it says from which tenant.",
     "Let the message leave by the organisation's own tenant. Microsoft 365 stamps all of its "
     "mail: look for what takes X-OriginatorOrg and X-MS-Exchange-CrossTenant-Id away. In Google "
     "Workspace, turn DKIM signing on."},
    {Reason::tenant_conflict,
     "tenant-conflict",
     5,
     {"550", "5.7.1"},
     "What the message says about its tenant is malformed or contradicts itself.",
     "Look for a rule or a device that adds or changes X-OriginatorOrg or an "
     "X-MS-Exchange-CrossTenant field, and take it away."},
    {Reason::tenant_blocked,
     "tenant-blocked",
     6,
     {"550", "5.7.1"},
     "The tenant is blocked at this relay for every sender.",
     "If the tenant is yours, ask the relay's operator why it is blocked."},
    {Reason::tenant_denied,
     "tenant-denied",
     7,
     {"550", "5.7.1"},
     "The message came from a tenant that the sender has not listed.",
     "If the tenant is yours, tell the relay's operator its onmicrosoft.com name and its GUID. If "
     "it is not, somebody has sent in your name."},
    {Reason::tenant_transit,
     "tenant-transit",
     8,
     {"550", "5.7.1"},
     "The message only passed through the sender's tenant, or entered it by a way that the sender "
     "has not allowed.",
     "Send from a mailbox of the tenant. If a server of yours hands the mail to the tenant, tell "
     "the relay's operator its address, for entities and hybrid-sources; if users forward mail, "
     "ask for forwarding."},
    {Reason::spf_failed,
     "spf-failed",
     9,
     {"550", "5.7.23"},
     "The envelope domain's SPF record does not authorise the client.",
     "Publish an SPF record for the envelope domain that names where this message came from."},
    {Reason::spf_unaligned,
     "spf-unaligned",
     9,
     {"550", "5.7.23"},
     "SPF passed, but for a domain that is not aligned with the author's.",
     "Use an envelope sender of the same organisation as the author, or ask the relay's operator "
     "to require less of SPF for this platform."},
    {Reason::dkim_missing,
     "dkim-missing",
     10,
     {"550", "5.7.20"},
     "The sender's mail has to be signed with DKIM and this message is not.",
     "Turn DKIM signing on for the author's domain."},
    {Reason::dkim_failed,
     "dkim-failed",
     10,
     {"550", "5.7.20"},
     "No DKIM signature of the message verifies.",
     "Compare the published key with the one that signs, and look for what changes the message "
     "after it was signed, such as a footer."},
    {Reason::dkim_unacceptable,
     "dkim-unacceptable",
     10,
     {"550", "5.7.21"},
     "A DKIM signature verifies, but is of a kind that proves nothing: without From, with l=, "
     "rsa-sha1, a key that is too short or for tests, or of a domain that the sender has not "
     "listed.",
     "Sign From, with rsa-sha256 and a key of 2048 bits, without l= and without t=y in the key "
     "record, for a domain that the sender has listed."},
    {Reason::dkim_unaligned,
     "dkim-unaligned",
     10,
     {"550", "5.7.22"},
     "A DKIM signature verifies, but its domain is not aligned with the author's.",
     "Sign with d= of the author's own domain in place of the platform's default."},
    {Reason::dns_unavailable,
     "dns-unavailable",
     0,
     {"451", "4.4.3"},
     "DNS gave no answer, and the verdict depends on it. The message may be sent again.",
     "Wait. If it lasts, look at the name servers of the domain in question."},
    {Reason::limit,
     "limit",
     0,
     {"451", "4.3.4"},
     "A limit of this relay was reached. The message may be sent again after a reply that begins "
     "with 4; one that begins with 5 is for good: the header is too large (552), or has more than "
     "100 fields that claim to be this relay's own results.",
     "After 4: wait, and if it lasts, send less at a time, or messages with a smaller header. "
     "After "
     "5: look at what fills the header; Authentication-Results that name this relay are no "
     "sender's to write."},
    {Reason::internal,
     "internal",
     0,
     {"451", "4.3.0"},
     "The filter could not judge the message. It may be sent again.",
     "Wait. If it lasts, tell the relay's operator when it happened and for which recipient."},
}};

constexpr const ReasonInfo& info(Reason reason) {
  return reasons[static_cast<std::size_t>(reason)];
}

std::optional<Reason> reason_named(std::string_view name);

// Codes that a check gives in place of its reason's own.
inline constexpr ReplyCode spf_permerror_code{"550", "5.7.24"};
inline constexpr ReplyCode several_failed_code{"550", "5.7.26"};
inline constexpr ReplyCode spf_unavailable_code{"451", "4.7.24"};
inline constexpr ReplyCode connections_limit_code{"421", "4.3.2"};
inline constexpr ReplyCode headers_refused_code{"552", "5.3.4"};  // RFC 3463 3.4
inline constexpr ReplyCode removals_limit_code{"550", "5.7.1"};

}  // namespace policy
