// SPDX-License-Identifier: BSD-2-Clause
#include "policy/store/read_policy.h"

namespace store {

namespace {

constexpr std::int64_t language_version = 1;

void check_version(Reader& reader, const Node& root) {
  const Node* version = root.find("version");
  if (version == nullptr)
    reader.error({1, 1}, "a policy without version", "version = 1 as its first line");
  else if (version->kind != Node::Kind::integer || version->number != language_version)
    reader.error(*version, "1, the only version that there is");
}

std::vector<policy::Tenant> read_blocked(Reader& reader, const Node& root,
                                         const Platforms& platforms) {
  const Node* node = root.find("blocked-tenants");
  if (node == nullptr) return {};
  return values_of(
      reader.list(*node, [&](const Node& one) { return reader.tenant(one, platforms); }));
}

}  // namespace

Draft read_common_part(Reader& reader, const Node& root, Platforms known) {
  Draft draft{.platforms = std::move(known)};
  check_version(reader, root);
  reader.check_keys(root, in_policy);
  if (const Node* node = root.find("platform"))
    draft.platform_networks = change_platforms(reader, *node, draft.platforms);
  draft.blocked = read_blocked(reader, root, draft.platforms);
  if (const Node* node = root.find("unknown-senders"))
    draft.unknown_senders =
        reader.word<policy::Mode>(*node, policy::mode_names).value_or(policy::Mode::enforce);
  if (const Node* node = root.find("defaults"))
    draft.defaults = read_defaults(reader, *node, draft.platforms);
  return draft;
}

std::vector<SenderDraft> read_senders(Reader& reader, const Node& root,
                                      const Platforms& platforms) {
  std::vector<SenderDraft> senders;
  const Node* list = root.find("sender");
  if (list == nullptr) return senders;
  if (list->kind != Node::Kind::array) {
    reader.error(*list, "tables [[sender]]");
    return senders;
  }
  senders.reserve(list->elements.size());
  for (const Node& table : list->elements) {
    if (reader.is_table(table)) senders.push_back(read_sender(reader, table, platforms));
  }
  return senders;
}

}  // namespace store
