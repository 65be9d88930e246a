// SPDX-License-Identifier: BSD-2-Clause
#include "ctl/policy_file.h"

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "ctl/daemon.h"
#include "ctl/table.h"
#include "policy/domain.h"
#include "policy/store/store.h"
#include "util/format.h"
#include "util/idna.h"
#include "util/nearest.h"
#include "util/replace.h"
#include "util/text.h"

namespace ctl {

namespace {

using util::Error;
using util::format;
using util::Result;

// An error that has been said already, finding by finding.
Error faulty(const std::string& source, const store::Loaded& loaded) {
  for (const store::Finding& finding : loaded.findings) {
    if (finding.severity == store::Finding::Severity::error)
      std::fprintf(stderr, "%s\n", finding.to_string().c_str());
  }
  return {format("{}: the policy can't be used", source), loaded.exit_code};
}

// Warnings that the old text has not given already.
void say_new_warnings(const store::Loaded& before, const store::Loaded& after) {
  for (const store::Finding& finding : after.findings) {
    const bool is_old =
        std::any_of(before.findings.begin(), before.findings.end(), [&](const store::Finding& old) {
          return old.found == finding.found && old.expected == finding.expected;
        });
    if (!is_old) std::fprintf(stderr, "%s\n", finding.to_string().c_str());
  }
}

std::vector<std::string> names_and_domains(const policy::Snapshot& snapshot) {
  std::vector<std::string> names;
  for (const policy::Sender& sender : snapshot.senders()) {
    names.push_back(sender.name);
    names.insert(names.end(), sender.domains.begin(), sender.domains.end());
  }
  return names;
}

int say_result(const store::Edited& edited, const std::string& source) {
  if (edited.changes.empty()) std::printf("%s: nothing to change\n", source.c_str());
  for (const std::string& change : edited.changes) std::printf("%s\n", change.c_str());
  return 0;
}

}  // namespace

Result<LoadedPolicy> load_policy(const std::string& source) {
  LoadedPolicy policy{.source = source, .text = {}, .snapshot = {}};
  store::Loaded loaded = store::load(source, {.time = std::time(nullptr)});
  if (loaded.snapshot == nullptr) return faulty(source, loaded);
  policy.snapshot = std::move(loaded.snapshot);
  policy.text = std::move(loaded.source_text);
  return policy;
}

Result<LoadedPolicy> load_policy(const util::Arguments& arguments) {
  const auto settings = daemon_settings(arguments);
  if (!settings) return settings.error();
  return load_policy(settings->policy);
}

std::string hint(std::string_view word, const std::vector<std::string>& names) {
  const auto near = util::nearest(word, names);
  return near.empty() ? "" : "; did you mean " + joined(near, " or ") + "?";
}

std::optional<std::string> canonical(const std::string& domain) {
  const auto ascii = util::a_labels(domain);
  return ascii ? policy::canonical_domain(*ascii) : std::nullopt;
}

Result<const policy::Sender*> sender_of(const std::string& name_or_domain,
                                        const policy::Snapshot& snapshot) {
  for (const policy::Sender& sender : snapshot.senders()) {
    if (sender.name == name_or_domain) return &sender;
  }
  const auto domain = canonical(name_or_domain);
  if (domain) {
    const policy::Ownership owner = snapshot.owner_of(*domain);
    if (owner.relation == policy::Ownership::Relation::owned && owner.senders.size() == 1)
      return owner.senders.front();
  }
  const bool is_malformed = !domain && (name_or_domain.empty() ||
                                        name_or_domain.find_first_of(".@ :") != std::string::npos);
  if (is_malformed)
    return Error{format("found \"{}\", expected the name of a sender or a domain",
                        util::shown(name_or_domain)),
                 exit_usage};
  return Error{format("no sender \"{}\"{}", util::shown(name_or_domain),
                      hint(name_or_domain, names_and_domains(snapshot))),
               exit_no_input};
}

Result<std::vector<policy::Tenant>> tenants_of(const std::vector<std::string>& written,
                                               const policy::Snapshot& snapshot) {
  std::vector<policy::Tenant> tenants;
  for (const std::string& one : written) {
    auto tenant = store::tenant_of(one, snapshot);
    if (!tenant) return tenant.error();
    tenants.push_back(std::move(*tenant));
  }
  return tenants;
}

int change_policy(const util::Arguments& arguments, const PolicyChange& change) {
  const auto settings = daemon_settings(arguments);
  if (!settings) return failed(settings.error());
  const std::string& source = settings->policy;
  if (!store::is_file(source)) return failed(faulty(source, store::load(source, {})));
  auto file = util::ReplaceableFile::hold(source);
  if (!file) return failed(file.error());
  const store::LoadOptions now{.time = std::time(nullptr)};
  const store::Loaded before = store::load_toml(file->bytes(), source, now);
  if (before.snapshot == nullptr) return failed(faulty(source, before));
  const auto edited = change({source, file->bytes(), before.snapshot});
  if (!edited) return failed({edited.error().text, edited.error().exit_code});
  const store::Loaded after = store::load_toml(edited->text, source, now);
  if (after.snapshot == nullptr) {
    faulty(source, after);
    return failed({format("{}: the change would make an error of it; nothing was changed", source),
                   after.exit_code});
  }
  say_new_warnings(before, after);
  if (arguments.has("dry-run"))
    return std::fputs(store::unified_diff(file->bytes(), edited->text, source).c_str(), stdout) < 0;
  if (edited->text != file->bytes()) {
    if (const util::Status done = file->replace(edited->text); !done) return failed(done.error());
  }
  say_result(*edited, source);
  return arguments.has("reload") ? reload_daemon(*settings) : 0;
}

}  // namespace ctl
