// SPDX-License-Identifier: BSD-2-Clause
#include "policy/store/validate.h"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <unordered_map>

#include "policy/domain.h"
#include "policy/store/name_table.h"
#include "util/format.h"
#include "util/parallel.h"

namespace store {

namespace {

using policy::Network;
using policy::Platform;
using policy::PlatformKind;

constexpr int widest_v4 = 16;
constexpr int widest_v6 = 40;

using Owners = NameTable<Placed<std::string>>;

std::string where(const Place& at) { return util::format("line {}", at.line); }

void check_names(Reader& reader, const Draft& draft) {
  std::unordered_map<std::string_view, Place> seen;
  for (const SenderDraft& sender : draft.senders) {
    if (sender.name.empty()) continue;
    const auto [first, is_new] = seen.emplace(sender.name, sender.at);
    if (!is_new)
      reader.error(sender.at,
                   "the sender " + sender.name + " of " + where(first->second) + " again",
                   "a name of its own");
  }
  for (const SenderDraft& sender : draft.senders) {
    for (const auto& delegate : sender.delegates) {
      if (!seen.contains(delegate.value))
        reader.error(delegate.at, "\"" + delegate.value + "\"", "the name of a sender");
    }
  }
}

Owners check_domains(Reader& reader, const Draft& draft) {
  Owners owners(std::accumulate(
      draft.senders.begin(), draft.senders.end(), std::size_t{0},
      [](std::size_t sum, const SenderDraft& sender) { return sum + sender.domains.size(); }));
  for (std::size_t i = 0; i < draft.senders.size(); ++i) {
    for (const auto& domain : draft.senders[i].domains) {
      if (const auto* first = owners.add(domain, i))
        reader.error(domain.at,
                     util::format("{}, which {} has in {}", domain.value,
                                  draft.senders[first->owner].name, where(first->named->at)),
                     "each domain once");
    }
  }
  return owners;
}

bool delegates_to(const SenderDraft& parent, const SenderDraft& child) {
  return std::any_of(parent.delegates.begin(), parent.delegates.end(),
                     [&](const auto& delegate) { return delegate.value == child.name; });
}

void check_parents(Reader& reader, const Draft& draft, const Owners& owners,
                   const SenderDraft& sender) {
  for (const auto& domain : sender.domains) {
    for (auto name = policy::parent_of(domain.value); !name.empty();
         name = policy::parent_of(name)) {
      const auto* parent = owners.find(name);
      if (parent == nullptr) continue;
      const SenderDraft& owner = draft.senders[parent->owner];
      if (&owner == &sender || delegates_to(owner, sender)) continue;
      reader.error(domain.at,
                   util::format("{}, below {} of {} in {}", domain.value, name, owner.name,
                                where(parent->named->at)),
                   util::format("delegates = [\"{}\"] in the sender {}", sender.name, owner.name));
      break;
    }
  }
}

// What makes a sender's own network suspicious; "" where nothing does.
std::string shared_by(const Network& network, const Platforms& platforms) {
  for (const auto& [name, platform] : platforms) {
    for (const Network& shared : platform.networks) {
      if (network.overlaps(shared))
        return "which overlaps " + shared.to_string() + " of the platform " + name;
    }
  }
  if (network.overlaps(policy::relay_pool()))
    return "which overlaps " + policy::relay_pool().to_string() +
           ", a pool that many tenants share";
  if (policy::reaches_host(network)) return "which is loopback or unspecified";
  const int widest = network.base().is_v4() ? widest_v4 : widest_v6;
  if (network.prefix() < widest) return util::format("which is wider than /{}", widest);
  return "";
}

void check_networks(Reader& reader, const Draft& draft, const SenderDraft& sender) {
  for (const auto& [entry, at] : sender.networks) {
    const std::string reason = entry.shared_ok ? "" : shared_by(entry.network, draft.platforms);
    if (reason.empty()) continue;
    const std::string text = entry.network.to_string();
    reader.error(at, text + ", " + reason,
                 "a network of the sender alone, or { net = \"" + text +
                     "\", shared-ok = true } where it is meant");
  }
  for (const auto& [network, at] : sender.hybrid_sources) {
    if (policy::reaches_host(network))
      reader.error(at, network.to_string() + ", which is loopback or unspecified",
                   "the address with which the sender's server connects to Microsoft");
  }
}

bool lists(const SenderDraft& sender, const Platform& platform, auto&& which) {
  return std::any_of(sender.tenants.begin(), sender.tenants.end(), [&](const auto& listed) {
    return listed.value.tenant.platform == platform.name && which(listed.value.tenant);
  });
}

void warn_of_evidence(Reader& reader, const SenderDraft& sender, const Platform& platform) {
  if (platform.kind != PlatformKind::microsoft365) return;
  if (!lists(sender, platform, [](const auto&) { return true; })) return;
  if (!lists(sender, platform,
             [](const auto& tenant) { return tenant.kind == policy::TenantKind::guid; }))
    reader.warning(sender.at, util::format("{} tenants without a GUID", platform.name),
                   "the GUID of each tenant too: two stamps that agree say more than one");
  if (!lists(sender, platform, [&](const auto& tenant) {
        return policy::is_below(tenant.value, platform.dkim_suffix);
      }))
    reader.warning(
        sender.at,
        util::format("{} tenants without a name below {}", platform.name, platform.dkim_suffix),
        "the tenant's own name too: its bounces and signatures bear it");
}

void warn_of_hybrid(Reader& reader, const Draft& draft, const SenderDraft& sender) {
  const auto& own = sender.common.settings.entities;
  auto accepts = [](const std::optional<policy::Entities>& entities) {
    return entities && entities->test(static_cast<std::size_t>(policy::Entity::hybrid_on_prem));
  };
  auto any_accepts = [&](const std::map<std::string, SettingsDraft>& by_platform) {
    return std::any_of(by_platform.begin(), by_platform.end(),
                       [&](const auto& one) { return accepts(one.second.entities); });
  };
  const bool accepts_hybrid = accepts(own ? own : draft.defaults.settings.entities) ||
                              any_accepts(sender.common.by_platform) ||
                              (!own && any_accepts(draft.defaults.by_platform));
  if (accepts_hybrid && sender.hybrid_sources.empty())
    reader.warning(sender.at, "HybridOnPrem without hybrid-sources",
                   "the addresses of the sender's own servers: the stamp says which connector "
                   "took a message in, not who wrote it");
}

void warn_of_tenants(Reader& reader, const Draft& draft, const SenderDraft& sender,
                     std::int64_t time) {
  for (const auto& [listed, at] : sender.tenants) {
    const std::string& value = listed.tenant.value;
    const bool is_google = draft.platforms.at(listed.tenant.platform).kind == PlatformKind::google;
    if (is_google && value.find('.') == std::string::npos &&
        std::count(value.begin(), value.end(), '-') >= 2)
      reader.warning(at, value + ", which several domains have as their label",
                     "the domain itself, with its dots");
    if (std::string end = ending(listed, time); !end.empty())
      reader.warning(at, std::move(end), "a later date, or none");
  }
}

void check_platforms(Reader& reader, const Draft& draft) {
  for (const auto& [written, at] : draft.platform_networks) {
    for (const auto& [name, platform] : draft.platforms) {
      const auto& networks = platform.networks;
      const bool is_there =
          std::find(networks.begin(), networks.end(), written.network) != networks.end();
      if (name != written.platform && is_there)
        reader.error(
            at,
            util::format("{}, which the platform {} has too", written.network.to_string(), name),
            "each prefix in one platform");
    }
  }
}

void check_sender(Reader& reader, const Draft& draft, const Owners& owners,
                  const SenderDraft& sender, std::int64_t time) {
  check_parents(reader, draft, owners, sender);
  check_networks(reader, draft, sender);
  for (const auto& [_, platform] : draft.platforms) warn_of_evidence(reader, sender, platform);
  warn_of_hybrid(reader, draft, sender);
  warn_of_tenants(reader, draft, sender, time);
}

}  // namespace

std::string ending(const policy::ListedTenant& listed, std::int64_t time) {
  constexpr std::int64_t seconds_a_day = 86400;
  constexpr std::int64_t days_before = 14;
  if (!listed.until) return "";
  const std::int64_t left = *listed.until - time;
  if (left <= 0) return listed.tenant.to_string() + ", whose time is over";
  if (left > days_before * seconds_a_day) return "";
  return util::format("{}, whose time ends in {} days", listed.tenant.to_string(),
                      left / seconds_a_day);
}

void validate(Reader& reader, const Draft& draft, std::int64_t time) {
  check_platforms(reader, draft);
  check_names(reader, draft);
  const Owners owners = check_domains(reader, draft);
  std::vector<std::vector<Finding>> findings(util::parts_of(draft.senders.size()));
  util::in_parts(draft.senders.size(), [&](const util::Part& part) {
    Reader own(reader.file());
    for (std::size_t i = part.begin; i < part.end; ++i)
      check_sender(own, draft, owners, draft.senders[i], time);
    findings[part.number] = own.take_findings();
  });
  for (auto& found : findings) reader.add_findings(std::move(found));
}

}  // namespace store
