// SPDX-License-Identifier: BSD-2-Clause
// Checks 9 and 10: SPF and DKIM as the sender of each author requires them (spec 6).
#include <algorithm>

#include "policy/checks.h"
#include "policy/tenants.h"

namespace policy {

namespace {

const Identity& author_of(const Asked& asked) { return asked.evidence.authors[asked.author]; }

bool spf_is_aligned(const Asked& asked) {
  const Evidence& evidence = asked.evidence;
  if (!evidence.envelope) return false;
  if (is_aligned(*evidence.envelope, author_of(asked), asked.settings().spf_alignment)) return true;
  // An SRS address at a domain that belongs to the sender.
  const Ownership& owner = asked.policy.envelope;
  return evidence.envelope_srs && owner.relation == Ownership::Relation::owned &&
         std::find(owner.senders.begin(), owner.senders.end(), asked.sender) != owner.senders.end();
}

// How far a signature has come; the one that came furthest names the reason.
enum class Rank { missing, failed, unacceptable, unaligned, pass };

constexpr std::array<Reason, 5> rank_reasons{Reason::dkim_missing, Reason::dkim_failed,
                                             Reason::dkim_unacceptable, Reason::dkim_unaligned,
                                             Reason::none};

bool domain_listed(const Asked& asked, const std::string& domain) {
  const auto& listed = asked.sender->dkim_domains;
  if (listed.empty() || std::find(listed.begin(), listed.end(), domain) != listed.end())
    return true;
  return asked.policy.authors[asked.author].platform_name && domain == author_of(asked).domain;
}

// How far it comes if it verifies with a good key.
Rank best_rank(const Asked& asked, const Signature& signature) {
  if (!fields_acceptable(signature) || !domain_listed(asked, signature.domain.domain))
    return Rank::unacceptable;
  const PlatformSettings& settings = asked.settings();
  const bool good = settings.dkim == Requirement::pass ||
                    is_aligned(signature.domain, author_of(asked), settings.dkim_alignment);
  return good ? Rank::pass : Rank::unaligned;
}

bool counts(const Signature& signature) {
  return signature.state != Known::not_asked && !signature.for_log;
}

// Unacceptable whether or not the library verified it.
bool is_hopeless(const Signature& signature) {
  const bool readable = !signature.domain.domain.empty();
  return readable && (!signature.signs_from || is_short_key(signature));
}

Rank known_rank(const Asked& asked, const Signature& signature) {
  if (is_hopeless(signature)) return Rank::unacceptable;
  if (!signature.verified) return Rank::failed;
  return key_acceptable(signature) ? best_rank(asked, signature) : Rank::unacceptable;
}

// The furthest rank among the signatures of each state of knowledge.
struct Ranks {
  Rank certain = Rank::missing;
  Rank possible = Rank::missing;  // of pending ones
  Rank withheld = Rank::missing;  // of unavailable ones
};

Ranks ranks(const Asked& asked) {
  Ranks found;
  for (const Signature& signature : asked.evidence.signatures) {
    if (!counts(signature)) continue;
    if (signature.state == Known::known || is_hopeless(signature))
      found.certain = std::max(found.certain, known_rank(asked, signature));
    else if (signature.state == Known::pending)
      found.possible = std::max(found.possible, best_rank(asked, signature));
    else
      found.withheld = std::max(found.withheld, best_rank(asked, signature));
  }
  return found;
}

// The first signatures with what is wrong with each: "body changed, signed by contoso.com".
std::string signers(const Asked& asked) {
  constexpr std::size_t most = 3;
  std::string text;
  std::size_t count = 0;
  for (const Signature& signature : asked.evidence.signatures) {
    if (!counts(signature)) continue;
    if (++count > most) return text + "; and others";
    if (!text.empty()) text += "; ";
    if (signature.fault != SignatureFault::none)
      text += std::string(name_of(signature.fault, signature_fault_names)) + ", ";
    text += "signed by " + (signature.domain.domain.empty() ? "?" : signature.domain.domain);
  }
  return text;
}

Outcome dkim_failed_as(const Asked& asked, Rank rank) {
  std::string seen = rank == Rank::missing ? "no signature" : signers(asked);
  return failed(rank_reasons[static_cast<std::size_t>(rank)], author_of(asked).domain, seen);
}

// The cause first: a reply has room for little.
std::string with_cause(const Spf& spf, const std::string& seen) {
  return spf.cause.empty() ? seen : spf.cause + "; " + seen;
}

}  // namespace

// Check 9. A null sender has no envelope domain to be required anything of.
Outcome check_spf(const Asked& asked) {
  if (asked.way != WayIn::platform || asked.settings().spf == Requirement::off ||
      asked.evidence.null_sender)
    return passed();
  const Spf& spf = asked.evidence.spf;
  const std::string& domain = author_of(asked).domain;
  const bool aligned = asked.settings().spf == Requirement::pass || spf_is_aligned(asked);
  if (spf.state == Known::known && spf.result == SpfResult::pass && aligned) return passed();
  const std::string seen = "envelope " + (spf.domain.empty() ? "without domain" : spf.domain);
  if (spf.state == Known::pending) return pending();
  if (spf.state != Known::known || spf.result == SpfResult::temperror) {
    // Whatever the answer, it would not be aligned: refused either way.
    if (!aligned) return failed(Reason::spf_unaligned, domain, seen);
    return unavailable(domain, with_cause(spf, "SPF of " + spf.domain), spf_unavailable_code);
  }
  if (spf.result != SpfResult::pass) {
    const std::string result(name_of(spf.result, spf_result_names));
    Outcome outcome = failed(Reason::spf_failed, domain, with_cause(spf, seen + " " + result));
    if (spf.result == SpfResult::permerror) outcome.code = spf_permerror_code;
    return outcome;
  }
  return failed(Reason::spf_unaligned, domain, seen);
}

// Check 10.
Outcome check_dkim(const Asked& asked) {
  if (asked.way != WayIn::platform || asked.settings().dkim == Requirement::off) return passed();
  const Ranks found = ranks(asked);
  if (found.certain == Rank::pass) return passed();
  if (found.withheld == Rank::pass) {
    if (found.possible == Rank::pass) return pending();
    return unavailable(author_of(asked).domain, "DKIM key");
  }
  // An unavailable signature that could not pass anyway counts as what it could be.
  const Rank floor = std::max(found.certain, found.withheld);
  if (found.possible > floor) return pending();
  return dkim_failed_as(asked, floor);
}

}  // namespace policy
