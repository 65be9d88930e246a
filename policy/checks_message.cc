// SPDX-License-Identifier: BSD-2-Clause
// Checks 1 to 3: who claims to have written the message, and whether that sender
// allows the way by which it came in (spec 6).
#include "policy/checks.h"

namespace policy {

Outcome failed(Reason reason, std::string_view identity, std::string seen) {
  return {CheckState::fail, reason, info(reason).code,
          std::make_shared<const Words>(Words{std::string(identity), std::move(seen)})};
}

Outcome unavailable(std::string_view identity, std::string seen, ReplyCode code) {
  return {CheckState::unavailable, Reason::dns_unavailable, code,
          std::make_shared<const Words>(Words{std::string(identity), std::move(seen)})};
}

Outcome check_author(const Asked& asked) {
  if (asked.evidence.author_valid) return passed();
  return failed(Reason::author_invalid, "", asked.evidence.author_fault);
}

Outcome check_sender(const Asked& asked) {
  switch (asked.roles.authors_known) {
    case CheckState::pass:
      return passed();
    case CheckState::pending:
      return pending();
    case CheckState::unavailable:
      return unavailable(asked.evidence.authors.front().domain, "DKIM key");
    default:
      break;
  }
  for (std::size_t i = 0; i < asked.policy.authors.size(); ++i) {
    const auto relation = asked.policy.authors[i].relation;
    if (relation == Ownership::Relation::owned) continue;
    return failed(Reason::sender_unknown, asked.evidence.authors[i].domain,
                  relation == Ownership::Relation::below
                      ? "below a configured domain, but not configured itself"
                      : "not configured here");
  }
  return failed(Reason::sender_unknown, "", "no author domain");
}

Outcome check_origin(const Asked& asked) {
  if (asked.way != WayIn::none) return passed();
  const Evidence& evidence = asked.evidence;
  std::string seen = "client " + (evidence.client ? evidence.client->to_string() : "unknown");
  if (const Platform* platform = asked.policy.platform) {
    if (!belongs_to_platform(evidence, asked.policy))
      seen += " of " + platform->name + " with certificate " +
              (evidence.certificate.empty() ? "none" : evidence.certificate);
    else
      seen += " of " + platform->name;
  }
  if (!evidence.login.empty()) seen += " with a login";
  return failed(Reason::origin_denied, asked.identity, seen);
}

}  // namespace policy
