// SPDX-License-Identifier: BSD-2-Clause
// Which tenants a message names, and whether a sender lists or the policy blocks
// them (spec 4, 5). Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/evidence.h"
#include "policy/platform.h"
#include "policy/sender.h"
#include "policy/verdict.h"

namespace policy {

// The kind of value that a source carries.
TenantKind kind_of(TenantSource source);

bool is_blocked(const TenantSet* blocked, const TenantView& tenant);

// Whether the sender lists this tenant and the entry is in force.
bool lists_in_force(const Sender& sender, const TenantView& tenant, std::int64_t time);
// Whether it lists any value of this platform, past its date or not.
bool lists_any(const Sender& sender, const Platform& platform);
bool lists_any_in_force(const Sender& sender, const Platform& platform, std::int64_t time);
bool lists_kind(const Sender& sender, const Platform& platform, TenantKind kind);

// Whether a listed name is the one that a d= below the platform's suffix can name
// (for check 11: "where the sender lists any name under that suffix").
bool lists_dkim_name(const Sender& sender, const Platform& platform);
// Whether the sender lists, in force, what this signature names on the platform.
bool lists_signer(const Sender& sender, const Platform& platform, std::string_view signing_domain,
                  std::int64_t time);
// Whether it lists that at all, past its date or not.
bool mentions_signer(const Sender& sender, const Platform& platform,
                     std::string_view signing_domain);
bool signer_is_blocked(const TenantSet* blocked, const Platform& platform,
                       std::string_view signing_domain);

// Whether an envelope or signing domain aligns with an author's (RFC 7489 3.1).
bool is_aligned(const Identity& identity, const Identity& author, Alignment alignment);

// What makes a signature acceptable but for alignment and `dkim-domains` (spec 6.10).
bool fields_acceptable(const Signature& signature);  // h=, l=, a=
bool is_short_key(const Signature& signature);       // an RSA key under 1024 bits
bool key_acceptable(const Signature& signature);     // bits, t=y

// A signature as tenant evidence, where it is the only evidence (spec 4). `pass` is
// valid evidence, `fail` none.
struct SignerEvidence {
  std::string domain;  // d=
  CheckState state;
  bool listed;
  bool blocked;
};
std::vector<SignerEvidence> signer_evidence(const Evidence& evidence, const Platform& platform,
                                            const Sender& sender, const TenantSet* blocked);

const TenantField* field_of(const Evidence& evidence, TenantSource source);

}  // namespace policy
