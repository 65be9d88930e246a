// SPDX-License-Identifier: BSD-2-Clause
#include "policy/store/read_senders.h"

#include <initializer_list>

#include "util/psl.h"
#include "util/text.h"

namespace store {

namespace {

constexpr std::int64_t seconds_a_day = 86400;

std::optional<policy::Entities> read_entities(Reader& reader, const Node& node) {
  policy::Entities entities;
  const auto listed = reader.list(node, [&](const Node& one) {
    return reader.word<policy::Entity>(one, policy::entity_names);
  });
  for (const auto& entity : listed) entities.set(static_cast<std::size_t>(entity.value));
  if (node.kind == Node::Kind::array && node.elements.empty()) {
    reader.error(node.at, "an empty list", "at least one entity");
    return std::nullopt;
  }
  return entities;
}

SettingsDraft read_settings(Reader& reader, const Node& table) {
  SettingsDraft draft;
  if (const Node* node = table.find("spf"))
    draft.spf = reader.word<policy::Requirement>(*node, policy::requirement_names);
  if (const Node* node = table.find("spf-alignment"))
    draft.spf_alignment = reader.word<policy::Alignment>(*node, policy::alignment_names);
  if (const Node* node = table.find("dkim"))
    draft.dkim = reader.word<policy::Requirement>(*node, policy::requirement_names);
  if (const Node* node = table.find("dkim-alignment"))
    draft.dkim_alignment = reader.word<policy::Alignment>(*node, policy::alignment_names);
  if (const Node* node = table.find("entities")) draft.entities = read_entities(reader, *node);
  return draft;
}

void read_by_platform(Reader& reader, const Node& table, const Platforms& platforms,
                      CommonDraft& draft) {
  if (!reader.is_table(table)) return;
  for (const Member& member : table.members) {
    if (!reader.is_table(member.value)) continue;
    if (!platforms.contains(member.key)) {
      std::vector<std::string_view> names;
      for (const auto& [name, _] : platforms) names.push_back(name);
      reader.error(member.at, "the platform " + util::shown(member.key), Reader::one_of(names));
      continue;
    }
    reader.check_keys(member.value, in_settings);
    draft.by_platform.emplace(member.key, read_settings(reader, member.value));
  }
}

CommonDraft read_common(Reader& reader, const Node& table, const Platforms& platforms) {
  CommonDraft draft;
  if (const Node* node = table.find("mode"))
    draft.mode = reader.word<policy::Mode>(*node, policy::mode_names);
  if (const Node* node = table.find("subdomains")) draft.subdomains = reader.truth(*node);
  if (const Node* node = table.find("tenant-evidence"))
    draft.tenant_evidence =
        reader.word<policy::TenantEvidence>(*node, policy::tenant_evidence_names);
  if (const Node* node = table.find("forwarding"))
    draft.forwarding = reader.word<policy::Forwarding>(*node, policy::forwarding_names);
  draft.settings = read_settings(reader, table);
  if (const Node* node = table.find("platform")) read_by_platform(reader, *node, platforms, draft);
  return draft;
}

void check_suffix(Reader& reader, const Placed<std::string>& domain) {
  switch (util::public_suffix_part(domain.value)) {
    case util::SuffixPart::icann:
      return reader.error(domain.at, domain.value + ", a public suffix", "a domain below it");
    case util::SuffixPart::private_part:
      return reader.warning(domain.at, domain.value + ", below which others have their own domains",
                            "a domain that is yours as a whole");
    case util::SuffixPart::none:
      return;
  }
}

std::vector<Placed<std::string>> read_domains(Reader& reader, const Node& node) {
  auto domains = reader.list(node, [&](const Node& one) { return reader.domain(one); });
  for (const auto& domain : domains) check_suffix(reader, domain);
  return domains;
}

// "PLATFORM:VALUE", or { tenant = "PLATFORM:VALUE", until = DATE, note = "TEXT" }.
std::optional<policy::ListedTenant> read_tenant(Reader& reader, const Node& node,
                                                const Platforms& platforms) {
  policy::ListedTenant listed;
  const Node* written = &node;
  if (node.kind == Node::Kind::table) {
    reader.check_keys(node, in_tenant);
    written = node.find("tenant");
    if (written == nullptr) {
      reader.error(node.at, "a table without tenant", "{ tenant = \"PLATFORM:VALUE\" }");
      return std::nullopt;
    }
    if (const Node* until = node.find("until")) {
      if (until->kind != Node::Kind::date) {
        reader.error(*until, "a date such as 2027-03-31, without quotes");
        return std::nullopt;
      }
      // To the end of that day, UTC.
      listed.until = (until->number + 1) * seconds_a_day;
    }
    if (const Node* note = node.find("note")) listed.note = reader.text(*note).value_or("");
  }
  auto tenant = reader.tenant(*written, platforms);
  if (!tenant) return std::nullopt;
  listed.tenant = std::move(*tenant);
  return listed;
}

// "ADDRESS/PREFIX", or { net = "ADDRESS/PREFIX", shared-ok = true }.
std::optional<NetworkEntry> read_network(Reader& reader, const Node& node) {
  const Node* written = &node;
  bool shared_ok = false;
  if (node.kind == Node::Kind::table) {
    reader.check_keys(node, in_network);
    written = node.find("net");
    if (written == nullptr) {
      reader.error(node.at, "a table without net", "{ net = \"ADDRESS/PREFIX\" }");
      return std::nullopt;
    }
    if (const Node* shared = node.find("shared-ok"))
      shared_ok = reader.truth(*shared).value_or(false);
  }
  const auto network = reader.network(*written);
  if (!network) return std::nullopt;
  return NetworkEntry{*network, shared_ok};
}

// With what a listed name stands for besides.
std::vector<Placed<policy::ListedTenant>> read_tenants(Reader& reader, const Node& node,
                                                       const Platforms& platforms) {
  auto tenants =
      reader.list(node, [&](const Node& one) { return read_tenant(reader, one, platforms); });
  const std::size_t count = tenants.size();
  for (std::size_t i = 0; i < count; ++i) {
    auto also = tenants[i];
    if (!policy::is_header_value_too(platforms.find(also.value.tenant.platform)->second,
                                     also.value.tenant))
      continue;
    also.value.tenant.kind = policy::TenantKind::id;
    tenants.push_back(std::move(also));
  }
  return tenants;
}

template <class T>
T first_of(std::initializer_list<std::optional<T>> written, T built_in) {
  for (const std::optional<T>& one : written) {
    if (one) return *one;
  }
  return built_in;
}

}  // namespace

CommonDraft read_defaults(Reader& reader, const Node& table, const Platforms& platforms) {
  if (!reader.is_table(table)) return {};
  reader.check_keys(table, in_defaults);
  return read_common(reader, table, platforms);
}

SenderDraft read_sender(Reader& reader, const Node& table, const Platforms& platforms) {
  SenderDraft draft;
  draft.at = table.at;
  reader.check_keys(table, in_sender);
  draft.common = read_common(reader, table, platforms);
  auto text = [&](const Node& node) { return reader.text(node); };
  if (const Node* node = table.find("name")) {
    draft.name = reader.text(*node).value_or("");
    draft.at = node->at;
  }
  if (const Node* node = table.find("domains")) draft.domains = read_domains(reader, *node);
  if (const Node* node = table.find("tenants"))
    draft.tenants = read_tenants(reader, *node, platforms);
  if (const Node* node = table.find("networks"))
    draft.networks = reader.list(*node, [&](const Node& one) { return read_network(reader, one); });
  if (const Node* node = table.find("logins")) draft.logins = reader.list(*node, text);
  if (const Node* node = table.find("dkim-domains"))
    draft.dkim_domains = reader.list(*node, [&](const Node& one) { return reader.domain(one); });
  if (const Node* node = table.find("hybrid-sources"))
    draft.hybrid_sources = reader.list(*node, [&](const Node& one) { return reader.network(one); });
  if (const Node* node = table.find("delegates")) draft.delegates = reader.list(*node, text);
  if (table.find("name") == nullptr) reader.error(table.at, "a sender without a name", "name");
  if (table.find("domains") == nullptr)
    reader.error(draft.at, "a sender without domains", "domains = [\"DOMAIN\"]");
  return draft;
}

policy::Sender resolved(SenderDraft&& draft, const CommonDraft& defaults) {
  const CommonDraft& own = draft.common;
  policy::Sender sender{.name = std::move(draft.name)};
  sender.mode = first_of({own.mode, defaults.mode}, sender.mode);
  sender.subdomains = first_of({own.subdomains, defaults.subdomains}, false);
  sender.tenant_evidence =
      first_of({own.tenant_evidence, defaults.tenant_evidence}, sender.tenant_evidence);
  sender.forwarding = first_of({own.forwarding, defaults.forwarding}, sender.forwarding);
  sender.domains = values_of(std::move(draft.domains));
  sender.tenants = values_of(std::move(draft.tenants));
  for (const auto& entry : draft.networks) sender.networks.push_back(entry.value.network);
  sender.logins = values_of(std::move(draft.logins));
  sender.dkim_domains = values_of(std::move(draft.dkim_domains));
  sender.hybrid_sources = values_of(std::move(draft.hybrid_sources));
  sender.delegates = values_of(std::move(draft.delegates));

  auto settings = [&](const SettingsDraft& here, const SettingsDraft& there) {
    auto value = [&](auto key, auto built_in) {
      return first_of({here.*key, own.settings.*key, there.*key, defaults.settings.*key}, built_in);
    };
    policy::PlatformSettings result;
    result.spf = value(&SettingsDraft::spf, result.spf);
    result.spf_alignment = value(&SettingsDraft::spf_alignment, result.spf_alignment);
    result.dkim = value(&SettingsDraft::dkim, result.dkim);
    result.dkim_alignment = value(&SettingsDraft::dkim_alignment, result.dkim_alignment);
    result.entities = value(&SettingsDraft::entities, result.entities);
    return result;
  };
  static const SettingsDraft nothing;
  auto at = [](const std::map<std::string, SettingsDraft>& drafts,
               const std::string& name) -> const SettingsDraft& {
    const auto found = drafts.find(name);
    return found == drafts.end() ? nothing : found->second;
  };
  sender.settings = settings(nothing, nothing);
  for (const auto* drafts : {&own.by_platform, &defaults.by_platform}) {
    for (const auto& [name, _] : *drafts)
      sender.platform_settings.try_emplace(
          name, settings(at(own.by_platform, name), at(defaults.by_platform, name)));
  }
  return sender;
}

}  // namespace store
