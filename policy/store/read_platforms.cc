// SPDX-License-Identifier: BSD-2-Clause
#include "policy/store/read_platforms.h"

#include <algorithm>

#include "util/psl.h"
#include "util/text.h"

namespace store {

namespace {

using policy::Platform;
using policy::PlatformKind;

bool is_platform_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || util::is_digit(c) || c == '-';
  });
}

// RFC 5322 3.6.8: ftext.
bool is_field_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(),
                                      [](char c) { return c > ' ' && c < 0x7f && c != ':'; });
}

void read_tenant_header(Reader& reader, const Node& node, Platform& platform) {
  if (platform.kind != PlatformKind::custom)
    return reader.error(node, "no tenant-header: the stamps of " + platform.name + " are built in");
  if (node.kind != Node::Kind::text || !is_field_name(node.text))
    return reader.error(node, "the name of a header field");
  platform.tenant_header = node.text;
}

void read_suffix(Reader& reader, const Node& node, Platform& platform, bool is_built_in) {
  if (!is_built_in && platform.kind != PlatformKind::custom)
    return reader.error(node, "no tenant-dkim-suffix: that of " + platform.name + " is built in");
  const auto suffix = reader.domain(node);
  if (!suffix) return;
  // Else every domain below it would be a tenant of the platform.
  if (util::public_suffix_part(*suffix) == util::SuffixPart::icann)
    return reader.error(node, "a domain that is no public suffix");
  platform.dkim_suffix = *suffix;
}

// Gives the networks that were written.
std::vector<Placed<policy::Network>> read_platform(Reader& reader, const Node& table,
                                                   Platform& platform, bool is_built_in) {
  std::vector<Placed<policy::Network>> networks;
  reader.check_keys(table, is_built_in ? in_built_in : in_platform);
  if (const Node* node = table.find("networks")) {
    networks = reader.list(*node, [&](const Node& one) { return reader.network(one); });
    platform.networks = values_of(networks);
  }
  if (const Node* node = table.find("client-certificate"))
    platform.client_certificate = reader.text(*node).value_or("");
  if (const Node* node = table.find("tenant-header")) read_tenant_header(reader, *node, platform);
  if (const Node* node = table.find("tenant-dkim-suffix"))
    read_suffix(reader, *node, platform, is_built_in);
  if (const Node* node = table.find("dkim-max-age"))
    platform.dkim_max_age = reader.duration(*node).value_or(platform.dkim_max_age);
  if (const Node* node = table.find("system-local-parts"))
    platform.system_local_parts =
        values_of(reader.list(*node, [&](const Node& one) { return reader.text(one); }));
  return networks;
}

}  // namespace

Platforms read_platform_data(Reader& reader, const Node& root) {
  Platforms platforms;
  reader.check_keys(root, in_platform_data);
  const Node* table = root.find("platform");
  if (table == nullptr || !reader.is_table(*table)) return platforms;
  for (const Member& member : table->members) {
    if (!reader.is_table(member.value)) continue;
    Platform platform{.name = member.key};
    if (const Node* kind = member.value.find("kind"))
      platform.kind = reader.word<PlatformKind>(*kind, policy::platform_kind_names)
                          .value_or(PlatformKind::custom);
    read_platform(reader, member.value, platform, true);
    if (const Node* spf = member.value.find("spf"))
      platform.spf =
          values_of(reader.list(*spf, [&](const Node& one) { return reader.domain(one); }));
    platforms.emplace(member.key, std::move(platform));
  }
  return platforms;
}

std::vector<Placed<PlatformNetwork>> change_platforms(Reader& reader, const Node& table,
                                                      Platforms& platforms) {
  std::vector<Placed<PlatformNetwork>> written;
  if (!reader.is_table(table)) return written;
  for (const Member& member : table.members) {
    if (!reader.is_table(member.value)) continue;
    if (!is_platform_name(member.key)) {
      reader.error(member.at, "the platform " + util::shown(member.key),
                   "a name of lower-case letters, digits and hyphens");
      continue;
    }
    const auto [entry, is_new] = platforms.try_emplace(member.key, Platform{.name = member.key});
    Platform& platform = entry->second;
    for (const auto& [network, at] : read_platform(reader, member.value, platform, false))
      written.push_back({{member.key, network}, at});
    const bool has_source =
        member.value.find("tenant-header") || member.value.find("tenant-dkim-suffix");
    if (is_new && !has_source)
      reader.error(member.at, "the platform " + member.key + " without a source of tenants",
                   "tenant-header or tenant-dkim-suffix");
  }
  return written;
}

}  // namespace store
