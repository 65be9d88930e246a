// SPDX-License-Identifier: BSD-2-Clause
#include "policy/store/snapshot.h"

#include <algorithm>
#include <array>
#include <functional>
#include <set>

#include "policy/domain.h"
#include "policy/store/name_table.h"
#include "policy/store/validate.h"
#include "policy/tenants.h"
#include "util/parallel.h"

namespace store {

namespace {

using policy::Ownership;
using policy::Platform;
using policy::Sender;
using policy::Tenant;
using policy::TenantKind;

bool by_name(const Sender* a, const Sender* b) { return a->name < b->name; }

std::string with_dashes(std::string name) {
  std::replace(name.begin(), name.end(), '.', '-');
  return name;
}

class Indexed : public policy::Snapshot {
 public:
  explicit Indexed(Content content) : content_(std::move(content)) {
    std::sort(content_.senders.begin(), content_.senders.end(),
              [](const Sender& a, const Sender& b) { return by_name(&a, &b); });
    for (const Platform& platform : content_.platforms) index(platform);
    index_senders();
    for (const Tenant& tenant : content_.blocked) block(tenant);
    strictest_ = content_.unknown_senders;
    for (const Sender& sender : content_.senders) strictest_ = std::max(strictest_, sender.mode);
    for (const Platform& platform : content_.platforms) {
      if (any_asks_for_spf(platform)) asking_for_spf_.insert(platform.name);
    }
  }

  const std::string& revision() const override { return content_.revision; }
  bool asks_for_spf(const Platform& platform) const override {
    return asking_for_spf_.contains(platform.name);
  }
  const std::vector<std::string>& organisation_suffixes() const override { return suffixes_; }

  const std::vector<Sender>& senders() const override { return content_.senders; }
  const std::vector<Platform>& platforms() const override { return content_.platforms; }
  const std::vector<Tenant>& blocked_tenants() const override { return content_.blocked; }
  policy::Mode unknown_senders() const override { return content_.unknown_senders; }

  const Platform* platform_of(const policy::Address& client) const override {
    for (const int prefix : client.is_v4() ? prefixes_v4_ : prefixes_v6_) {
      const auto found = networks_.find(policy::Network(client, prefix));
      if (found != networks_.end()) return found->second;
    }
    return nullptr;
  }

  const Platform* platform_named(std::string_view name) const override {
    const auto found = std::find_if(content_.platforms.begin(), content_.platforms.end(),
                                    [&](const Platform& one) { return one.name == name; });
    return found == content_.platforms.end() ? nullptr : &*found;
  }

  Ownership owner_of(std::string_view domain) const override {
    using Relation = Ownership::Relation;
    Ownership exact = configured(domain);
    if (exact.relation != Relation::none) return exact;
    for (auto parent = policy::parent_of(domain); !parent.empty();
         parent = policy::parent_of(parent)) {
      Ownership nearest = configured(parent);
      if (nearest.relation == Relation::none) continue;
      const bool is_owned = !nearest.platform_name && nearest.senders.front()->subdomains;
      nearest.relation = is_owned ? Relation::owned : Relation::below;
      nearest.platform_name = false;
      return nearest;
    }
    return {};
  }

  std::vector<std::string> ending_tenants(std::int64_t time) const override {
    std::vector<std::string> found;
    for (const Sender& sender : content_.senders) {
      for (const auto& listed : sender.tenants) {
        const std::string end = ending(listed, time);
        if (!end.empty()) found.push_back(sender.name + ": found " + end);
      }
    }
    return found;
  }

  policy::Policy select(const policy::Evidence& evidence) const override {
    policy::Policy policy;
    policy.blocked = &blocked_;
    policy.unknown_senders = content_.unknown_senders;
    policy.strictest_mode = strictest_;
    if (evidence.client) policy.platform = platform_of(*evidence.client);
    for (const auto& author : evidence.authors) policy.authors.push_back(owner_of(author.domain));
    for (const auto& other : evidence.other_identities)
      policy.other_identities.push_back(owner_of(other.domain));
    if (evidence.envelope) policy.envelope = owner_of(evidence.envelope->domain);
    if (policy.platform != nullptr) policy.tenant_listers = listers(evidence, policy);
    return policy;
  }

 private:
  void index(const Platform& platform) {
    for (const policy::Network& network : platform.networks) {
      networks_.emplace(network, &platform);
      auto& prefixes = network.base().is_v4() ? prefixes_v4_ : prefixes_v6_;
      prefixes.insert(network.prefix());
    }
    if (platform.dkim_suffix.empty()) return;
    // Below each of these every name is a tenant's, an organisation of its own.
    suffixes_.push_back(platform.dkim_suffix);
    if (platform.kind == policy::PlatformKind::microsoft365)
      suffixes_.push_back("mail." + platform.dkim_suffix);
    if (platform.kind == policy::PlatformKind::google)
      suffixes_.push_back("*." + platform.dkim_suffix);  // of the selector
  }

  bool any_asks_for_spf(const Platform& platform) const {
    return std::any_of(content_.senders.begin(), content_.senders.end(), [&](const Sender& sender) {
      return sender.settings_for(platform.name).spf != policy::Requirement::off;
    });
  }

  void index_senders() {
    constexpr std::size_t many = 10'000;  // for fewer a thread costs more than it saves
    const std::array<std::function<void()>, 2> indexes{[this] { index_domains(); },
                                                       [this] { index_tenants(); }};
    if (content_.senders.size() < many)
      for (const auto& index : indexes) index();
    else
      util::in_parallel(indexes.size(), [&](std::size_t i) { indexes[i](); });
  }

  void index_domains() {
    std::size_t count = 0;
    for (const Sender& sender : content_.senders) count += sender.domains.size();
    domains_ = NameTable<std::string>(count);
    for (std::size_t i = 0; i < content_.senders.size(); ++i) {
      for (const std::string& domain : content_.senders[i].domains) domains_.add(domain, i);
    }
  }

  void index_tenants() {
    std::size_t count = 0;
    for (const Sender& sender : content_.senders) count += sender.tenants.size();
    tenants_.reserve(count);
    for (const Sender& sender : content_.senders) {
      for (const auto& listed : sender.tenants) index(listed.tenant, sender);
    }
  }

  void index(const Tenant& tenant, const Sender& sender) {
    add(tenants_[tenant], sender);
    if (tenant.kind != TenantKind::name) return;
    const Platform& platform = *platform_named(tenant.platform);
    if (policy::is_below(tenant.value, platform.dkim_suffix))
      add(platform_names_[tenant.value], sender);
    if (platform.kind != policy::PlatformKind::google) return;
    // A signature names Google's tenants by their label too.
    const auto label = policy::google_label(tenant.value);
    if (label && *label != tenant.value)
      add(tenants_[{tenant.platform, TenantKind::name, *label}], sender);
  }

  // Senders come by name, so that each list stays in that order.
  static void add(std::vector<const Sender*>& senders, const Sender& sender) {
    if (senders.empty() || senders.back() != &sender) senders.push_back(&sender);
  }

  // Tenants are blocked under every form that could be theirs: Google's name and label; a
  // name below an operator's own suffix as the value of its header.
  void block(const Tenant& tenant) {
    const Platform& platform = *platform_named(tenant.platform);
    blocked_.insert(tenant);
    if (platform.kind == policy::PlatformKind::google)
      blocked_.insert({tenant.platform, tenant.kind, with_dashes(tenant.value)});
    if (policy::is_header_value_too(platform, tenant))
      blocked_.insert({tenant.platform, TenantKind::id, tenant.value});
  }

  const Sender* owner_named(std::string_view domain) const {
    const auto* entry = domains_.find(domain);
    return entry == nullptr ? nullptr : &content_.senders[entry->owner];
  }

  Ownership configured(std::string_view domain) const {
    Ownership ownership;
    if (const Sender* owner = owner_named(domain)) {
      ownership.relation = Ownership::Relation::owned;
      ownership.senders = {owner};
    } else if (const auto listed = platform_names_.find(domain); listed != platform_names_.end()) {
      ownership.relation = Ownership::Relation::owned;
      ownership.platform_name = true;
      ownership.senders = listed->second;
    }
    return ownership;
  }

  // Every sender that lists a tenant value which the message carries, by name.
  std::vector<const Sender*> listers(const policy::Evidence& evidence,
                                     const policy::Policy& policy) const {
    const Platform& platform = *policy.platform;
    std::vector<const Sender*> found;
    auto look_up = [&](const policy::TenantView& tenant) {
      const auto senders = tenants_.find(tenant);
      if (senders != tenants_.end())
        found.insert(found.end(), senders->second.begin(), senders->second.end());
    };
    for (const auto& field : evidence.tenant_fields)
      look_up({platform.name, kind_of(field.source), field.value});
    for (const auto& signature : evidence.signatures) {
      const std::string& domain = signature.domain.domain;
      look_up({platform.name, TenantKind::name, domain});
      if (const auto tenant = policy::dkim_tenant(platform, domain)) look_up(*tenant);
    }
    // A sender's own domains count once it lists any tenant of the platform.
    if (const auto* field = field_of(evidence, policy::TenantSource::originator_org)) {
      const Sender* owner = owner_named(field->value);
      if (owner != nullptr && lists_any(*owner, platform)) found.push_back(owner);
    }
    std::sort(found.begin(), found.end(), by_name);
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
  }

  Content content_;
  policy::Mode strictest_ = policy::Mode::enforce;
  std::map<policy::Network, const Platform*> networks_;
  std::set<int, std::greater<>> prefixes_v4_;
  std::set<int, std::greater<>> prefixes_v6_;
  std::vector<std::string> suffixes_;
  std::set<std::string> asking_for_spf_;  // platforms
  NameTable<std::string> domains_;
  std::unordered_map<std::string_view, std::vector<const Sender*>> platform_names_;
  std::unordered_map<Tenant, std::vector<const Sender*>, policy::TenantHash, policy::TenantEqual>
      tenants_;
  policy::TenantSet blocked_;
};

}  // namespace

policy::SnapshotPtr make_snapshot(Content content) {
  return std::make_shared<const Indexed>(std::move(content));
}

}  // namespace store
