// SPDX-License-Identifier: BSD-2-Clause
// What the caller of `judge` took for one message from one snapshot (spec 2), and
// the interface that a snapshot offers for it. All pointers are into the snapshot,
// which the caller keeps alive while the message lives.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/evidence.h"
#include "policy/platform.h"
#include "policy/sender.h"

namespace policy {

// To whom a domain belongs (spec 5). `senders` are alternatives, by name: more than
// one only where several list the same platform name as a tenant.
struct Ownership {
  enum class Relation {
    none,   // neither it nor a parent is configured
    owned,  // by `senders`
    below,  // not owned, but below a configured domain of `senders`
  };
  Relation relation = Relation::none;
  bool platform_name = false;  // owned as a listed platform name, not as a domain
  std::vector<const Sender*> senders;
};

struct Policy {
  // Policy-wide
  const TenantSet* blocked = nullptr;
  Mode unknown_senders = Mode::enforce;
  Mode strictest_mode = Mode::enforce;  // of all senders and unknown_senders
  std::optional<Mode> override_mode;    // --mode=monitor; the caller's, not the snapshot's

  const Platform* platform = nullptr;  // of the client's address; null where none

  // Index by index those of the evidence: authors, other_identities, envelope.
  std::vector<Ownership> authors;
  std::vector<Ownership> other_identities;
  Ownership envelope;

  // Every sender that lists a tenant value which the message carries, by name.
  std::vector<const Sender*> tenant_listers;
};

// A snapshot as a message sees it. Immutable; any thread.
class Snapshot {
 public:
  virtual ~Snapshot() = default;

  virtual const std::string& revision() const = 0;
  virtual const Platform* platform_of(const Address& client) const = 0;
  virtual const Platform* platform_named(std::string_view name) const = 0;
  virtual Ownership owner_of(std::string_view canonical_domain) const = 0;
  // Whether any sender requires SPF of this platform's messages.
  virtual bool asks_for_spf(const Platform& platform) const = 0;
  // Suffixes whose children are organisations of their own (spec 5, "Alignment").
  virtual const std::vector<std::string>& organisation_suffixes() const = 0;
  // What it was made of: senders and platforms by name, blocked tenants as they were listed.
  virtual const std::vector<Sender>& senders() const = 0;
  virtual const std::vector<Platform>& platforms() const = 0;
  virtual const std::vector<Tenant>& blocked_tenants() const = 0;
  virtual Mode unknown_senders() const = 0;
  // A sentence for each tenant whose time is over, or will be within 14 days of `time`.
  virtual std::vector<std::string> ending_tenants(std::int64_t time) const = 0;
  // All that `judge` needs for this evidence.
  virtual Policy select(const Evidence& evidence) const = 0;
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

}  // namespace policy
