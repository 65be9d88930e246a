// SPDX-License-Identifier: BSD-2-Clause
// DKIM (RFC 6376, 8301, 8463): what a DKIM-Signature field says, and whether it
// verifies (libopendkim; the only file pair that knows it).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "milter/evidence/dkim_tags.h"
#include "milter/evidence/dns.h"
#include "milter/evidence/field.h"
#include "policy/evidence.h"

namespace evidence {

inline constexpr std::string_view dkim_signature_field = "DKIM-Signature";

// A DKIM-Signature field over this size is none: the library gives the whole message up
// on one over 64 KiB.
inline constexpr std::size_t max_signature_field = 32 * 1024;

// What the DKIM-Signature fields of a message say, in the message's order, before
// any look-up: all members of policy::Signature up to `expires_at`, but for
// domain.organisation. A field that is no valid tag list, lacks a required tag or has one twice
// has an empty domain, state known and verified false. One with more than 100 names in h= is known
// not to verify: the library would compare each name with each field of the header.
std::vector<policy::Signature> read_signatures(const std::vector<HeaderField>& header);

// The names in h=, as they stand there.
std::vector<std::string_view> signed_fields(const DkimTags& signature);

// The key record that a signature asks for: SELECTOR._domainkey.DOMAIN.
Question key_question(const policy::Signature& signature);

// Whether the key's flag t=s forbids the signature's i=: its domain is not d= itself
// (RFC 6376 3.6.1). The library does not look.
bool forbids_identity(std::string_view key_record, const DkimTags& signature);

// The keys in an answer that a signature is to be tried with (RFC 6376 6.1.2): three at most, in an
// order of their own, for that of an answer means nothing. Of several records those that are no
// keys for its algorithm are passed over. Where there is none, `fault` says why.
struct KeyCandidates {
  std::vector<std::string_view> records;  // of the answer
  policy::SignatureFault fault = policy::SignatureFault::none;
};
KeyCandidates key_candidates(const DnsAnswer& answer, const DkimTags& signature);

// Verifies chosen signatures of one message. Not thread-safe.
class DkimVerifier {
 public:
  // `header` is the whole header and stays as it is for as long; `signatures` what read_signatures
  // made of it, `chosen` the indices of those to be verified; `now` seconds since 1970, for x= and
  // t=.
  DkimVerifier(const std::vector<HeaderField>& header,
               const std::vector<policy::Signature>& signatures,
               const std::vector<std::size_t>& chosen, std::int64_t now);
  ~DkimVerifier();
  DkimVerifier(const DkimVerifier&) = delete;
  DkimVerifier& operator=(const DkimVerifier&) = delete;

  void body(std::string_view chunk);

  // After the last chunk. Fills state, verified, fault, key_bits, test_key and secure of
  // each chosen signature from `dns`, which must not have a key answer under way:
  // a key that DNS failed to give is `unavailable`, one that does not exist or is
  // revoked a failed signature. A fault of the library is `unavailable`.
  void finish(MessageDns& dns, std::vector<policy::Signature>& signatures);

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace evidence
