// SPDX-License-Identifier: BSD-2-Clause
#include <sysexits.h>

#include <algorithm>
#include <tuple>

#include "policy/store/pieces.h"
#include "policy/store/platform_data.h"
#include "policy/store/snapshot.h"
#include "policy/store/store.h"
#include "policy/store/validate.h"
#include "util/digest.h"
#include "util/file.h"
#include "util/parallel.h"

namespace store {

namespace {

// Some ten senders, so that what a piece is parsed to stays in a processor's cache.
constexpr std::size_t usual_piece = std::size_t{16} << 10;

std::optional<Draft> read_whole(Reader& reader, std::string_view text, Platforms platforms) {
  const Document document = parse_toml(text);
  if (!document.root) {
    reader.error(document.problem_at, document.problem, "TOML 1.0");
    return std::nullopt;
  }
  Draft draft = read_common_part(reader, *document.root, std::move(platforms));
  draft.senders = read_senders(reader, *document.root, draft.platforms);
  return draft;
}

std::vector<policy::Sender> resolved(std::vector<SenderDraft> drafts, const CommonDraft& defaults) {
  std::vector<policy::Sender> senders(drafts.size());
  util::in_parts(drafts.size(), [&](const util::Part& part) {
    for (std::size_t i = part.begin; i < part.end; ++i)
      senders[i] = resolved(std::move(drafts[i]), defaults);
  });
  return senders;
}

Content content_of(Draft draft) {
  Content content;
  content.blocked = std::move(draft.blocked);
  content.unknown_senders = draft.unknown_senders;
  for (auto& [_, platform] : draft.platforms) content.platforms.push_back(std::move(platform));
  content.senders = resolved(std::move(draft.senders), draft.defaults);
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

Loaded load_toml(std::string_view text, const std::string& file, const LoadOptions& options,
                 std::size_t piece_size) {
  Loaded loaded;
  const PlatformData data = platform_data();
  const Platforms platforms = read_platforms(data, loaded.findings);
  Reader reader(file);
  std::optional<Draft> draft = read_in_pieces(reader, text, platforms, piece_size);
  if (!draft) draft = read_whole(reader, text, platforms);
  if (draft) validate(reader, *draft, options.time);
  auto findings = reader.take_findings();
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  });
  loaded.findings.insert(loaded.findings.end(), findings.begin(), findings.end());
  if (has_error(loaded.findings)) {
    loaded.exit_code = EX_DATAERR;
    return loaded;
  }
  Content content = content_of(std::move(*draft));
  content.revision = util::short_digest({data.text, text});
  loaded.snapshot = make_snapshot(std::move(content));
  return loaded;
}

Loaded load_toml(std::string_view text, const std::string& file, const LoadOptions& options) {
  return load_toml(text, file, options, usual_piece);
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
