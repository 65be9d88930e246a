// SPDX-License-Identifier: BSD-2-Clause
// Proposals as TOML and as JSON.
#include "ctl/proposal.h"
#include "policy/sender.h"
#include "util/format.h"
#include "util/text.h"

namespace ctl {

namespace {

using Outcome = Proposal::Outcome;
using util::format;
using util::Json;

constexpr std::size_t longest = 400;  // of one text of DNS

std::string said(const Statement& statement) {
  return format("  # {} ({})\n", util::shown(statement.rests_on, longest),
                policy::name_of(statement.sureness, sureness_names));
}

std::string line(std::string_view key, const Statement& statement) {
  return format("{} = \"{}\"{}", key, statement.value, said(statement));
}

// A list, an element a line, each with its comment.
std::string list(std::string_view key, const std::vector<Statement>& statements) {
  std::string text;
  for (std::size_t i = 0; i < statements.size(); ++i) {
    const std::string before = i == 0 ? format("{} = [", key) : std::string(key.size() + 4, ' ');
    text += format("{}\"{}\"{}{}", before, statements[i].value,
                   i + 1 == statements.size() ? "]" : ",", said(statements[i]));
  }
  return text;
}

std::vector<Statement> tenants_of(const Proposal& proposal) {
  std::vector<Statement> tenants;
  for (const PlatformProposal& platform : proposal.platforms)
    tenants.insert(tenants.end(), platform.tenants.begin(), platform.tenants.end());
  return tenants;
}

using Setting = std::optional<Statement> PlatformProposal::*;
struct SettingKey {
  std::string_view key;
  Setting setting;
};
constexpr SettingKey settings[] = {{"spf", &PlatformProposal::spf},
                                   {"dkim", &PlatformProposal::dkim}};

// Where every platform has it, the sender has.
bool all_have(const Proposal& proposal, Setting setting) {
  for (const PlatformProposal& platform : proposal.platforms) {
    if (!(platform.*setting)) return false;
  }
  return !proposal.platforms.empty();
}

std::string platform_tables(const Proposal& proposal) {
  std::string text;
  for (const PlatformProposal& platform : proposal.platforms) {
    std::string lines;
    for (const auto& [key, setting] : settings) {
      if (!all_have(proposal, setting) && platform.*setting)
        lines += "  " + line(key, *(platform.*setting));
    }
    if (!lines.empty())
      text += format("  [sender.platform.{}]  # what the other platforms don't have\n{}",
                     platform.platform, lines);
  }
  return text;
}

std::string entry(const Proposal& proposal) {
  std::string text = format(
      "[[sender]]  # what the DNS of {} suggests\n{}domains = [\"{}\"]  # asked for (sure)\n",
      proposal.domain, line("name", proposal.name), proposal.domain);
  const auto tenants = tenants_of(proposal);
  text += list("tenants", tenants) + list("networks", proposal.networks);
  if (tenants.empty() && proposal.networks.empty()) text += "tenants = []  # to be filled in\n";
  for (const auto& [key, setting] : settings) {
    if (all_have(proposal, setting)) text += line(key, *(proposal.platforms.front().*setting));
  }
  if (proposal.spf_alignment) text += line("spf-alignment", *proposal.spf_alignment);
  if (proposal.dkim_alignment) text += line("dkim-alignment", *proposal.dkim_alignment);
  return text + list("delegates", proposal.delegates) + platform_tables(proposal);
}

std::string commented(std::string_view text) {
  std::string out;
  for (const std::string_view one : util::split(text.substr(0, text.size() - 1), '\n'))
    out += format("# {}\n", one);
  return out;
}

std::string spf_tree(const Proposal& proposal) {
  std::string text;
  for (const SpfNode& node : proposal.spf) {
    const std::string name =
        node.term.empty() ? format("SPF of {}", node.domain) : util::shown(node.term, longest);
    text += format("# {}{}: {}\n", std::string(static_cast<std::size_t>(node.depth) * 2, ' '), name,
                   util::shown(node.problem.empty() ? node.record : node.problem, longest));
  }
  return text;
}

Json to_json(const Statement& statement) {
  return Json::object()
      .set("value", statement.value)
      .set("sureness", policy::name_of(statement.sureness, sureness_names))
      .set("rests_on", util::shown(statement.rests_on, longest));
}

Json to_json(const std::vector<Statement>& statements) {
  return util::json_list(statements, [](const Statement& one) { return to_json(one); });
}

Json spf_json(const std::vector<SpfNode>& nodes) {
  return util::json_list(nodes, [](const SpfNode& node) {
    return Json::object()
        .set("depth", static_cast<std::int64_t>(node.depth))
        .set("term", util::shown(node.term, longest))
        .set("domain", util::shown(node.domain, longest))
        .set("record", util::shown(node.record, longest))
        .set("problem", util::shown(node.problem, longest));
  });
}

}  // namespace

std::string to_toml(const Proposal& proposal) {
  std::string text = spf_tree(proposal);
  if (proposal.outcome != Outcome::entry)
    text += format("# {}: {}\n", proposal.domain, util::shown(proposal.why, longest));
  if (proposal.outcome == Outcome::entry) text += entry(proposal);
  if (proposal.outcome == Outcome::no_way_in) text += commented(entry(proposal));
  for (const std::string& note : proposal.notes)
    text += format("# {}\n", util::shown(note, longest));
  return text;
}

util::Json to_json(const Proposal& proposal) {
  const Json notes = util::json_list(
      proposal.notes, [](const std::string& note) { return Json(util::shown(note, longest)); });
  const Json platforms = util::json_list(proposal.platforms, [](const PlatformProposal& platform) {
    Json one = Json::object().set("platform", platform.platform);
    for (const SettingKey& row : settings)
      one.set(row.key, platform.*row.setting ? to_json(*(platform.*row.setting)) : Json());
    return one;
  });
  return Json::object()
      .set("domain", proposal.domain)
      .set("outcome", policy::name_of(proposal.outcome, outcome_names))
      .set("why", util::shown(proposal.why, longest))
      .set("incomplete", proposal.is_incomplete)
      .set("name", proposal.name.value)
      .set("tenants", to_json(tenants_of(proposal)))
      .set("networks", to_json(proposal.networks))
      .set("delegates", to_json(proposal.delegates))
      .set("platforms", platforms)
      .set("spf_alignment", proposal.spf_alignment ? to_json(*proposal.spf_alignment) : Json())
      .set("dkim_alignment", proposal.dkim_alignment ? to_json(*proposal.dkim_alignment) : Json())
      .set("spf", spf_json(proposal.spf))
      .set("notes", notes)
      .set("toml", to_toml(proposal));
}

}  // namespace ctl
