// SPDX-License-Identifier: BSD-2-Clause
#include <sysexits.h>

#include <algorithm>
#include <tuple>

#include "policy/store/platform_data.h"
#include "policy/store/read_platforms.h"
#include "policy/store/snapshot.h"
#include "policy/store/store.h"
#include "policy/store/validate.h"
#include "util/digest.h"
#include "util/file.h"

namespace store {

namespace {

constexpr std::int64_t language_version = 1;

void report_syntax(Reader& reader, const Document& document) {
  reader.error(document.problem_at, document.problem, "TOML 1.0");
}

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

void read_senders(Reader& reader, const Node& root, Draft& draft) {
  const Node* list = root.find("sender");
  if (list == nullptr) return;
  if (list->kind != Node::Kind::array) return reader.error(*list, "tables [[sender]]");
  draft.senders.reserve(list->elements.size());
  for (const Node& table : list->elements) {
    if (reader.is_table(table))
      draft.senders.push_back(read_sender(reader, table, draft.platforms));
  }
}

Content read_policy(Reader& reader, const Node& root, Platforms platforms, std::int64_t time) {
  Content content;
  Draft draft{.platforms = std::move(platforms)};
  check_version(reader, root);
  reader.check_keys(root, in_policy);
  if (const Node* node = root.find("platform"))
    draft.platform_networks = change_platforms(reader, *node, draft.platforms);
  content.blocked = read_blocked(reader, root, draft.platforms);
  if (const Node* node = root.find("unknown-senders"))
    content.unknown_senders =
        reader.word<policy::Mode>(*node, policy::mode_names).value_or(policy::Mode::enforce);
  if (const Node* node = root.find("defaults"))
    draft.defaults = read_defaults(reader, *node, draft.platforms);
  read_senders(reader, root, draft);
  validate(reader, draft, time);
  for (auto& [_, platform] : draft.platforms) content.platforms.push_back(std::move(platform));
  content.senders.reserve(draft.senders.size());
  for (SenderDraft& sender : draft.senders)
    content.senders.push_back(resolved(std::move(sender), draft.defaults));
  return content;
}

bool has_error(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.severity == Finding::Severity::error;
  });
}

Loaded failed(const std::string& file, std::string found, std::string expected, int exit_code) {
  Loaded loaded;
  loaded.findings.push_back(
      {.file = file, .found = std::move(found), .expected = std::move(expected)});
  loaded.exit_code = exit_code;
  return loaded;
}

}  // namespace

Loaded load_toml(std::string_view text, const std::string& file, const LoadOptions& options) {
  Loaded loaded;
  const PlatformData data = platform_data();
  Platforms platforms = read_platforms(data, loaded.findings);
  Reader reader(file);
  std::optional<Content> content;
  if (Document document = parse_toml(text); document.root)
    content = read_policy(reader, *document.root, std::move(platforms), options.time);
  else
    report_syntax(reader, document);
  auto findings = reader.take_findings();
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  });
  loaded.findings.insert(loaded.findings.end(), findings.begin(), findings.end());
  if (has_error(loaded.findings)) {
    loaded.exit_code = EX_DATAERR;
    return loaded;
  }
  content->revision = util::short_digest(data.text + std::string(text));
  loaded.snapshot = make_snapshot(std::move(*content));
  return loaded;
}

bool is_file(std::string_view source) {
  constexpr std::string_view stores[] = {"lmdb:", "postgresql:", "ldap:", "ldaps:", "ldapi:"};
  return std::none_of(std::begin(stores), std::end(stores),
                      [&](std::string_view kind) { return source.starts_with(kind); });
}

Loaded load(const std::string& source, const LoadOptions& options) {
  if (!is_file(source))
    return failed(source, "a store that is not built in", "PATH.toml", EX_CONFIG);
  auto text = util::read_file(source);
  if (!text) {
    // The finding names the file already.
    const std::string why = text.error().text.substr(source.size() + 2);
    return failed(source, why, "", text.error().exit_code);
  }
  Loaded loaded = load_toml(*text, source, options);
  loaded.source_text = std::move(*text);
  return loaded;
}

}  // namespace store
