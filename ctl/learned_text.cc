// SPDX-License-Identifier: BSD-2-Clause
// A learned entry as TOML, or as commands.
#include <algorithm>

#include "ctl/learned_entries.h"
#include "ctl/table.h"
#include "ctl/trial.h"
#include "milter/evidence/record.h"
#include "policy/store/edit.h"
#include "util/format.h"
#include "util/text.h"

namespace ctl {

namespace {

using policy::name_of;
using store::quoted;
using util::format;

std::string percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "unknown";
  // Never "100 %" of what is not all.
  return format("{} %", part * 100 / whole);
}

struct Totals {
  std::uint64_t messages = 0;
  std::uint64_t spf_known = 0;
  std::uint64_t spf_aligned = 0;
  std::uint64_t dkim_known = 0;
  std::uint64_t dkim_aligned = 0;
  std::set<std::int64_t> days;
  std::int64_t first = std::numeric_limits<std::int64_t>::max();
  std::int64_t last = 0;
  bool is_proven = true;
};

Totals totals_of(const std::vector<const Row*>& rows) {
  Totals totals;
  for (const Row* row : rows) {
    totals.messages += row->messages;
    totals.spf_known += row->spf_known;
    totals.spf_aligned += row->spf_aligned;
    totals.dkim_known += row->dkim_known;
    totals.dkim_aligned += row->dkim_aligned;
    totals.days.insert(row->days.begin(), row->days.end());
    totals.first = std::min(totals.first, row->first);
    totals.last = std::max(totals.last, row->last);
    totals.is_proven = totals.is_proven && row->is_proven;
  }
  return totals;
}

std::string list(std::string_view key, const Seen& seen) {
  if (seen.empty()) return "";
  std::string text = format("{} = [\n", key);
  for (const auto& [value, messages] : seen)
    text += format("  {},  # {}\n", quoted(value), counted(messages, "message"));
  return text + "]\n";
}

// What every row of a platform meets.
struct Met {
  Level spf = Level::aligned_strict;
  Level dkim = Level::aligned_strict;
  Totals totals;
};

Met met_by(const std::vector<const Row*>& rows) {
  Met met{.totals = totals_of(rows)};
  for (const Row* row : rows) {
    met.spf = std::max(met.spf, row->spf);
    met.dkim = std::max(met.dkim, row->dkim);
  }
  if (met.totals.spf_known == 0) met.spf = Level::off;
  if (met.totals.dkim_known == 0) met.dkim = Level::off;
  return met;
}

std::string requirement(std::string_view key, Level level, std::uint64_t aligned,
                        std::uint64_t known) {
  std::string text =
      format("{} = \"{}\"  # {} aligned\n", key,
             name_of(requirement_of(level), policy::requirement_names), percent(aligned, known));
  // Written out: the policy's own defaults could say otherwise.
  if (requirement_of(level) != policy::Requirement::aligned) return text;
  return text + format("{}-alignment = \"{}\"\n", key,
                       name_of(alignment_of(level), policy::alignment_names));
}

std::string requirements(const Met& met) {
  return requirement("spf", met.spf, met.totals.spf_aligned, met.totals.spf_known) +
         requirement("dkim", met.dkim, met.totals.dkim_aligned, met.totals.dkim_known);
}

// Entities, and the sources of hybrid mail.
std::string ways_inside(const std::vector<const Row*>& rows) {
  Seen entities;
  Seen sources;
  bool has_all_sources = true;
  for (const Row* row : rows) {
    const std::string& entity = row->way.entity;
    entities[entity.empty() ? std::string(name_of(policy::Entity::unstamped, policy::entity_names))
                            : canonical_entity(entity)] += row->messages;
    if (entity.empty() || canonical_entity(entity) != "HybridOnPrem") continue;
    has_all_sources = has_all_sources && !row->way.connecting.empty();
    if (!row->way.connecting.empty()) sources[row->way.connecting] += row->messages;
  }
  return list("entities", entities) + (has_all_sources ? list("hybrid-sources", sources) : "");
}

// Both stamps, where every message bears both and both kinds are listed.
bool needs_both(const LearnedEntry& entry, const policy::Snapshot& snapshot) {
  bool lists_name = false;
  for (const auto& [platform, rows] : entry.platforms) {
    const bool is_microsoft = policy::stamps_the_way(*snapshot.platform_named(platform));
    for (const Row* row : rows) {
      if (is_microsoft && (row->way.name.empty() || row->way.id.empty())) return false;
      lists_name =
          lists_name || (is_microsoft && entry.tenants.contains(platform + ":" + row->way.name));
    }
  }
  return lists_name;
}

std::string new_entry(const LearnedEntry& entry, const policy::Snapshot& snapshot) {
  const Totals totals = totals_of(entry.rows);
  std::string text =
      format("# {} on {}, {} to {}{}\n[[sender]]\nname = {}\n", counted(totals.messages, "message"),
             counted(totals.days.size(), "day"), evidence::date_of(totals.first),
             evidence::date_of(totals.last),
             totals.is_proven ? "" : "; not every way in is shown to be its own: ask",
             quoted(entry.sender));
  text += list("domains", entry.domains) + list("tenants", entry.tenants) +
          list("networks", entry.networks) + list("logins", entry.logins);
  if (needs_both(entry, snapshot)) text += "tenant-evidence = \"all\"\n";
  std::string tables;
  for (const auto& [platform, rows] : entry.platforms) {
    const bool stamps = policy::stamps_the_way(*snapshot.platform_named(platform));
    if (stamps) text += ways_inside(rows);
    // One platform's requirements stand in the sender, those of several in tables.
    if (entry.platforms.size() == 1)
      text += requirements(met_by(rows));
    else
      tables += format("[sender.platform.{}]\n{}", platform, requirements(met_by(rows)));
  }
  return text + tables;
}

bool lists(const policy::Sender& sender, const std::string& tenant) {
  return std::any_of(sender.tenants.begin(), sender.tenants.end(),
                     [&](const auto& one) { return one.tenant.to_string() == tenant; });
}

std::string additions(const LearnedEntry& entry, const policy::Snapshot& snapshot) {
  const auto sender =
      std::find_if(snapshot.senders().begin(), snapshot.senders().end(),
                   [&](const policy::Sender& one) { return one.name == entry.sender; });
  std::string text;
  for (const auto& [tenant, messages] : entry.tenants) {
    if (!lists(*sender, tenant))
      text += format("# tenantctl allow {} {}   ({})\n", entry.sender, tenant,
                     counted(messages, "message"));
  }
  for (const auto& [address, messages] : entry.networks) {
    const auto parsed = policy::Address::parse(address);
    const bool is_listed =
        parsed && std::any_of(sender->networks.begin(), sender->networks.end(),
                              [&](const auto& one) { return one.contains(*parsed); });
    if (!is_listed)
      text += format("# to the networks of {}: {}   ({})\n", entry.sender, quoted(address),
                     counted(messages, "message"));
  }
  for (const auto& [login, messages] : entry.logins) {
    if (std::find(sender->logins.begin(), sender->logins.end(), login) == sender->logins.end())
      text += format("# to the logins of {}: {}   ({})\n", entry.sender, quoted(login),
                     counted(messages, "message"));
  }
  return text;
}

}  // namespace

std::string canonical_entity(const std::string& entity) {
  for (const std::string_view name : policy::entity_names) {
    if (util::ascii_iequals(name, entity)) return std::string(name);
  }
  return entity;
}

std::string entry_text(const LearnedEntry& entry, const policy::Snapshot& snapshot) {
  return entry.is_configured ? additions(entry, snapshot) : new_entry(entry, snapshot);
}

}  // namespace ctl
