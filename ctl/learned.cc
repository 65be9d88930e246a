// SPDX-License-Identifier: BSD-2-Clause
#include "ctl/learned.h"

#include <algorithm>

#include "ctl/trial.h"
#include "policy/tenants.h"
#include "util/text.h"

namespace ctl {

namespace {

constexpr std::int64_t seconds_a_day = 86400;
constexpr std::size_t most_signers = 16;
constexpr std::size_t most_shown = 255;             // what a name or a header value can have
constexpr std::size_t most_signatures = 1'000'000;  // that are remembered, some 100 bytes each

bool can_be_valid(const policy::Signature& signature) {
  return signature.state != policy::Known::known || signature.verified;
}

// The name of the tenant where a signature is all the evidence: the author's own, where a
// signature says it. One of which nothing is known counts as what it says; whether any of
// the row's was known is counted.
std::string signer_name(const policy::Evidence& evidence, const policy::Platform& platform,
                        const std::string& author) {
  std::string name;
  const auto label = policy::google_label(author);
  for (const policy::Signature& signature : evidence.signatures) {
    if (!can_be_valid(signature)) continue;
    const std::string& domain = signature.domain.domain;
    const auto tenant = policy::dkim_tenant(platform, domain);
    const bool is_own = domain == author || (tenant && label && tenant->value == *label);
    if (is_own) return author;
    if (name.empty() && tenant) name = tenant->value;
    if (name.empty() && signature.domain.organisation == author) name = domain;
  }
  return name;
}

void read_tenants(const policy::Evidence& evidence, const policy::Platform& platform,
                  const std::string& author, Way& way) {
  way.platform = platform.name;
  for (const policy::TenantField& field : evidence.tenant_fields) {
    const std::string value =
        util::shown(field.value.empty() ? field.seen : field.value, most_shown);
    (field.source == policy::TenantSource::originator_org ? way.name : way.id) = value;
  }
  if (policy::dkim_is_the_evidence(platform))
    way.name = util::shown(signer_name(evidence, platform, author), most_shown);
  if (!policy::stamps_the_way(platform)) return;
  way.entity = util::shown(evidence.entity.value);
  const bool is_hybrid = util::ascii_iequals(
      way.entity, name_of(policy::Entity::hybrid_on_prem, policy::entity_names));
  if (is_hybrid && evidence.connecting.ip) way.connecting = evidence.connecting.ip->to_string();
}

Way way_of(const policy::Evidence& evidence, const policy::Platform* platform,
           const std::string& author) {
  Way way;
  if (!evidence.login.empty()) {
    way.kind = Way::Kind::login;
    way.login = evidence.login;
    return way;
  }
  if (platform == nullptr) {
    way.address = evidence.client ? evidence.client->to_string() : "";
    return way;
  }
  way.kind = Way::Kind::platform;
  read_tenants(evidence, *platform, author, way);
  return way;
}

void count_spf(const policy::Evidence& evidence, const policy::Identity& author, Row& row) {
  if (evidence.spf.state != policy::Known::known || evidence.null_sender) return;
  ++row.spf_known;
  const bool is_aligned =
      evidence.spf.result == policy::SpfResult::pass && evidence.envelope &&
      policy::is_aligned(*evidence.envelope, author, policy::Alignment::relaxed);
  row.spf_aligned += is_aligned ? 1 : 0;
}

void count_dkim(const policy::Evidence& evidence, const policy::Identity& author, Row& row) {
  bool is_known = true;
  bool is_aligned = false;
  for (const policy::Signature& signature : evidence.signatures) {
    if (!policy::is_aligned(signature.domain, author, policy::Alignment::relaxed)) continue;
    is_known = is_known && signature.state == policy::Known::known;
    is_aligned =
        is_aligned || (signature.state == policy::Known::known && signature.verified &&
                       policy::fields_acceptable(signature) && policy::key_acceptable(signature));
  }
  row.dkim_known += is_known || is_aligned ? 1 : 0;
  row.dkim_aligned += is_aligned ? 1 : 0;
}

// Whether anything is known of the evidence: stamps always are.
bool is_evident(const policy::Evidence& evidence, const policy::Platform& platform) {
  return !policy::dkim_is_the_evidence(platform) ||
         std::any_of(evidence.signatures.begin(), evidence.signatures.end(),
                     [](const policy::Signature& one) {
                       return one.state == policy::Known::known && one.verified;
                     });
}

void note_signers(const policy::Evidence& evidence, const policy::Platform& platform, Row& row) {
  for (const policy::Signature& signature : evidence.signatures) {
    const std::string& domain = signature.domain.domain;
    const bool is_new = signature.verified && policy::dkim_tenant(platform, domain) &&
                        row.signers.size() < most_signers;
    if (is_new) row.signers.insert(domain);
  }
}

}  // namespace

std::string Way::described() const {
  switch (kind) {
    case Kind::login:
      return "login " + util::shown(login);
    case Kind::network:
      return address.empty() ? "no address" : address;
    case Kind::platform:
      break;
  }
  return platform;
}

std::string Way::tenant() const { return name.empty() || id.empty() ? name + id : name + " " + id; }

std::string Way::actor() const {
  if (kind != Kind::platform) return described();
  return platform + ":" + (id.empty() ? name : id);
}

bool Learning::is_replay(const policy::Evidence& evidence, const policy::Identity& author,
                         const Way& way) {
  bool is_copy = false;
  for (const policy::Signature& signature : evidence.signatures) {
    if (signature.digest.empty() ||
        !policy::is_aligned(signature.domain, author, policy::Alignment::relaxed))
      continue;
    const auto known = signatures_.find(signature.digest);
    const bool is_changed = signature.fault == policy::SignatureFault::body;
    if (known != signatures_.end())
      is_copy = is_copy || is_changed || known->second != way.actor();
    else if (!is_changed && signatures_.size() < most_signatures)
      signatures_.emplace(signature.digest, way.actor());
  }
  return is_copy;
}

void Learning::add(const policy::Evidence& evidence, bool was_accepted) {
  if (!evidence.author_valid || evidence.authors.empty()) {
    ++without_author_;
    return;
  }
  const auto* platform = evidence.client ? snapshot_->platform_of(*evidence.client) : nullptr;
  for (const policy::Identity& author : evidence.authors) {
    const std::string domain = util::shown(author.domain, most_shown);
    Way way = way_of(evidence, platform, domain);
    const bool is_copy = is_replay(evidence, author, way);
    Row& row = rows_[{domain, way}];
    if (row.messages == 0) {
      row.author = domain;
      row.organisation = author.organisation.empty() ? domain : author.organisation;
      row.way = std::move(way);
      row.first = evidence.time;
    }
    ++row.messages;
    row.replays += is_copy ? 1 : 0;
    row.accepted += was_accepted ? 1 : 0;
    row.days.insert(evidence.time / seconds_a_day);
    row.first = std::min(row.first, evidence.time);
    row.last = std::max(row.last, evidence.time);
    count_spf(evidence, author, row);
    count_dkim(evidence, author, row);
    if (row.way.kind != Way::Kind::platform || row.mark != Mark::none) continue;
    row.evident += is_evident(evidence, *platform) ? 1 : 0;
    note_signers(evidence, *platform, row);
    try_levels(evidence, *platform, row);
  }
}

std::vector<Row> Learning::rows() const {
  std::vector<Row> rows;
  rows.reserve(rows_.size());
  for (const auto& [_, row] : rows_) rows.push_back(row);
  set_marks(rows, *snapshot_);
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return a.author != b.author ? a.author < b.author : a.messages > b.messages;
  });
  return rows;
}

}  // namespace ctl
