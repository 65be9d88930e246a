// SPDX-License-Identifier: BSD-2-Clause
// All that `judge` is given about a message, and all that a logged decision needs
// to be judged again (spec 2, 10). Values only: organisational domains, DNS
// results, the time and the policy's revision are stamped in when it is collected.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/network.h"
#include "policy/platform.h"
#include "policy/tenant.h"

namespace policy {

// What is known of a look-up. `pending` may still become any of known or
// unavailable; `not_asked` was not needed under the policy of the day.
enum class Known { known, unavailable, pending, not_asked };
inline constexpr std::array<std::string_view, 4> known_names{"known", "unavailable", "pending",
                                                             "not-asked"};

// A fault or a limit that ends the judgement before it begins (spec 6).
enum class Fault {
  none,
  headers_limit,      // the header is over --max-headers-bytes: deferred
  headers_refused,    // ... and refused for good (--oversize=reject)
  removals_limit,     // more fields to be removed than an MTA bears
  connections_limit,  // more connections than --max-connections
  internal,
  policy_unavailable
};
inline constexpr std::array<std::string_view, 7> fault_names{
    "none",     "headers-limit",     "headers-refused", "removals-limit", "connections-limit",
    "internal", "policy-unavailable"};

// A domain and its organisational domain ("" where it has none: a public suffix).
struct Identity {
  std::string domain;
  std::string organisation;
  bool operator==(const Identity&) const = default;
};

// One stamped tenant field, all its occurrences together.
struct TenantField {
  TenantSource source;
  unsigned count = 0;
  bool malformed = false;      // one occurrence has no canonical form
  bool contradictory = false;  // two occurrences differ in their canonical form
  std::string value;           // canonical form of the first well-formed one, else ""
  std::string seen;            // the first occurrence as it was read, cut and printable; the first
                               // malformed one, or two that differ, where there are such
};

// X-MS-Exchange-CrossTenant-OriginalAttributedTenantConnectingIp.
struct ConnectingTenant {
  unsigned count = 0;
  bool malformed = false;
  bool contradictory = false;
  std::string guid;  // canonical
  std::optional<Address> ip;
  std::string seen;
};

// X-MS-Exchange-CrossTenant-FromEntityHeader, as it was read.
struct EntityField {
  unsigned count = 0;
  std::string value;
};

enum class SpfResult { none, neutral, pass, fail, softfail, temperror, permerror };
inline constexpr std::array<std::string_view, 7> spf_result_names{
    "none", "neutral", "pass", "fail", "softfail", "temperror", "permerror"};

// SPF of the envelope domain, or of HELO for a null sender (RFC 7208). A temperror
// is `unavailable`, with that result.
struct Spf {
  Known state = Known::not_asked;
  SpfResult result = SpfResult::none;
  std::string domain;
  bool secure = false;  // every answer was validated by DNSSEC
  std::string cause;    // of an error: what it comes from, for a person to read; "" otherwise
};

enum class SignatureAlgorithm { rsa_sha256, rsa_sha1, ed25519_sha256, unknown };
inline constexpr std::array<std::string_view, 4> algorithm_names{"rsa-sha256", "rsa-sha1",
                                                                 "ed25519-sha256", "unknown"};

// Why a signature did not verify, for a person to read: no verdict depends on it.
enum class SignatureFault {
  none,
  unreadable,
  names,
  no_key,
  revoked,
  bad_key,
  identity,
  body,
  header,
  expired,
  future
};
inline constexpr std::array<std::string_view, 11> signature_fault_names{
    "none",
    "can't be read",
    "more than 100 names in h=",
    "no key in DNS",
    "key revoked",
    "key can't be read",
    "i= not allowed by the key",
    "body changed",
    "header changed, or another key",
    "expired",
    "signed in the future"};

// One DKIM-Signature field (RFC 6376), in the order of the message.
struct Signature {
  Identity domain;       // d=; "" where the field can't be read
  std::string selector;  // s=
  std::string digest;    // of b=, a name for this very signature: a copy has the same; not judged
  SignatureAlgorithm algorithm = SignatureAlgorithm::unknown;
  bool signs_from = false;                 // h= names From at least once
  bool signs_every_from = false;           // ... as often as the message has it
  bool body_limit = false;                 // l= is there
  bool covers_replayable = false;          // every occurrence of the fields of spec 4, "DKIM as
                                           // the only evidence"
  std::optional<std::int64_t> signed_at;   // t=
  std::optional<std::int64_t> expires_at;  // x=

  Known state = Known::not_asked;  // of the verification
  bool verified = false;           // where known
  SignatureFault fault = SignatureFault::none;
  unsigned key_bits = 0;        // 0 where unknown
  bool test_key = false;        // t=y in the key record
  bool secure = false;          // the key record was validated by DNSSEC
  bool is_tenant_name = false;  // d= is below the suffix of the client's platform; not logged
  bool for_log = false;         // looked up for the decision log alone: for the verdict it is
                                // as if it were not asked
};

struct Recipient {
  std::string domain;
  std::string mailer;  // {rcpt_mailer}; "" where it was not given
};

struct Evidence {
  // Stamped in
  std::int64_t time = 0;  // seconds since 1970
  std::string policy_revision;
  Fault fault = Fault::none;

  // The connection and the envelope
  std::string mta_version;  // {v}
  std::string daemon_name;  // {daemon_name}
  std::optional<Address> client;
  std::string client_name;
  std::string helo;
  std::string login;        // {auth_authen}; "" where there was none
  std::string certificate;  // verified name of the client certificate; "" where none
  bool null_sender = false;
  std::optional<Identity> envelope;   // of MAIL FROM; absent for a null or unreadable one
  bool envelope_srs = false;          // its local part is an SRS address
  std::vector<Recipient> recipients;  // 100 at most
  std::size_t recipient_count = 0;

  // The message
  bool author_valid = false;
  std::string author_fault;                // what makes it invalid
  std::vector<Identity> authors;           // of From, without repetitions
  std::vector<Identity> other_identities;  // Sender, Resent-From, Resent-Sender
  std::vector<std::string> resent_from;    // those of them that stand in Resent-From
  std::string sender_domain;               // the one in Sender; "" where there is none
  bool system_mail = false;                // a report that the client's platform itself writes
  std::vector<TenantField> tenant_fields;
  ConnectingTenant connecting;
  EntityField entity;
  std::string auth_as;
  Spf spf;
  std::vector<Signature> signatures;
  std::size_t signature_count = 0;  // of the message; a record has fewer of many
};

}  // namespace policy
