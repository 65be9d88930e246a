// SPDX-License-Identifier: BSD-2-Clause
#include "ctl/learned_entries.h"

#include <algorithm>

#include "policy/store/edit.h"
#include "policy/tenants.h"

namespace ctl {

namespace {

using policy::Ownership;

// Whether the author is a tenant's own name: it belongs to whoever lists the tenant.
bool is_platform_name(const Row& row, const policy::Snapshot& snapshot) {
  const policy::Platform* platform = snapshot.platform_named(row.way.platform);
  return platform != nullptr && policy::dkim_tenant(*platform, row.author).has_value();
}

std::string tenant_text(const Row& row, const std::string& value) {
  return row.way.platform + ":" + value;
}

void add_tenants(LearnedEntry& entry, const Row& row, bool is_author) {
  const Way& way = row.way;
  // A stamp that is an author domain of the sender counts as its own (spec 6, check 7).
  const bool is_own_name = is_author && way.name == row.author && !way.id.empty();
  if (!way.name.empty() && !is_own_name) entry.tenants[tenant_text(row, way.name)] += row.messages;
  if (!way.id.empty()) entry.tenants[tenant_text(row, way.id)] += row.messages;
  for (const std::string& signer : row.signers) {
    const bool is_evidence = way.id.empty();  // then the tenant is listed by its name already
    if (!is_evidence) entry.tenants[tenant_text(row, signer)] += row.messages;
  }
}

void add_row(LearnedEntry& entry, const Row& row, bool is_author) {
  entry.rows.push_back(&row);
  if (is_author) entry.domains[row.author] += row.messages;
  switch (row.way.kind) {
    case Way::Kind::login:
      entry.logins[row.way.login] += row.messages;
      return;
    case Way::Kind::network:
      entry.networks[row.way.address] += row.messages;
      return;
    case Way::Kind::platform:
      entry.platforms[row.way.platform].push_back(&row);
      add_tenants(entry, row, is_author);
  }
}

// A label that no sender has yet.
std::string free_name(const std::string& organisation, const policy::Snapshot& snapshot,
                      std::set<std::string>& taken) {
  const std::string label = organisation.substr(0, organisation.find('.'));
  auto is_taken = [&](const std::string& name) {
    return taken.contains(name) ||
           std::any_of(snapshot.senders().begin(), snapshot.senders().end(),
                       [&](const policy::Sender& sender) { return sender.name == name; });
  };
  const std::string name = is_taken(label) ? organisation : label;
  taken.insert(name);
  return name;
}

class Grouping {
 public:
  explicit Grouping(const policy::Snapshot& snapshot) : snapshot_(snapshot) {}

  void add(const Row& row) {
    if (row.mark != Mark::none) return;
    const Ownership owner = snapshot_.owner_of(row.author);
    if (owner.relation == Ownership::Relation::owned && owner.senders.size() == 1) {
      LearnedEntry& entry = entries_["sender " + owner.senders.front()->name];
      entry.sender = owner.senders.front()->name;
      entry.is_configured = true;
      add_row(entry, row, !owner.platform_name);
    } else if (is_platform_name(row, snapshot_)) {
      names_.push_back(&row);
    } else {
      LearnedEntry& entry = entries_["domain " + row.organisation];
      if (entry.sender.empty()) entry.sender = free_name(row.organisation, snapshot_, taken_);
      add_row(entry, row, true);
    }
  }

  // Mail under the tenants' own names, bounces for the most part, belongs to the entries that
  // list the tenant.
  std::vector<LearnedEntry> take() {
    for (const Row* row : names_) {
      for (auto& [_, entry] : entries_) {
        if (!row->way.id.empty() && entry.tenants.contains(tenant_text(*row, row->way.id)))
          add_row(entry, *row, false);
      }
    }
    std::vector<LearnedEntry> all;
    for (auto& [_, entry] : entries_) all.push_back(std::move(entry));
    return all;
  }

 private:
  const policy::Snapshot& snapshot_;
  std::map<std::string, LearnedEntry> entries_;
  std::vector<const Row*> names_;
  std::set<std::string> taken_;
};

}  // namespace

std::vector<LearnedEntry> learned_entries(const std::vector<Row>& rows,
                                          const policy::Snapshot& snapshot) {
  Grouping grouping(snapshot);
  for (const Row& row : rows) grouping.add(row);
  return grouping.take();
}

}  // namespace ctl
