// SPDX-License-Identifier: BSD-2-Clause
#include "ctl/tree.h"

#include "ctl/table.h"
#include "util/format.h"
#include "util/text.h"

namespace ctl {

namespace {

using policy::name_of;
using util::format;

std::string list_of(const std::vector<std::string>& names) {
  return names.empty() ? "none" : joined(names, ", ");
}

std::string list_of(const std::vector<policy::Identity>& identities) {
  std::vector<std::string> names;
  for (const policy::Identity& identity : identities) names.push_back(identity.domain);
  return list_of(names);
}

std::string_view known_or(policy::Known state, std::string_view result) {
  return state == policy::Known::known ? result : name_of(state, policy::known_names);
}

std::string verdict_lines(const evidence::Message& message) {
  const policy::Verdict& verdict = message.verdict();
  std::string text = format("  verdict: {}", name_of(verdict.decision, policy::decision_names));
  if (verdict.reason != policy::Reason::none) {
    text += format("\n    reply: {} {} {}", verdict.code.smtp, verdict.code.enhanced,
                   evidence::reply_text(verdict, message.settings().reply_url));
    text +=
        format("\n    mode: {}, so the daemon would {}", name_of(verdict.mode, policy::mode_names),
               name_of(message.action(), evidence::action_names));
    text += format("\n    meaning: {}", policy::info(verdict.reason).manual);
  }
  text += format("\n    senders: {}\n", list_of(verdict.senders));
  if (verdict.forwarded) text += "    forwarded: yes\n";
  if (verdict.system_mail) text += "    system mail: yes\n";
  return text;
}

std::string check_lines(const policy::Verdict& verdict) {
  std::string text = "  checks\n";
  for (std::size_t i = 0; i < policy::check_count; ++i)
    text += format("    {:2} {:19} {}\n", i + 1, policy::check_names[i],
                   name_of(verdict.checks[i], policy::check_state_names));
  return text;
}

std::string tenant_lines(const policy::Evidence& evidence) {
  std::string text;
  for (const policy::TenantField& field : evidence.tenant_fields)
    text += format(
        "    {}: {}{}{}\n", policy::info(field.source).name,
        field.value.empty() || field.malformed || field.contradictory ? field.seen : field.value,
        field.malformed ? " (malformed)" : "", field.contradictory ? " (contradicts itself)" : "");
  if (evidence.connecting.count > 0)
    text += format("    connecting tenant: {}\n", evidence.connecting.seen);
  if (evidence.entity.count > 0)
    text += format("    entity: {}{}\n", evidence.entity.value,
                   evidence.entity.count > 1 ? " (more than once)" : "");
  return text;
}

std::string evidence_lines(const policy::Evidence& evidence) {
  std::string text = "  evidence\n";
  text += format("    client: {} {}, helo {}\n",
                 evidence.client ? evidence.client->to_string() : "unknown",
                 util::shown(evidence.client_name), util::shown(evidence.helo));
  if (!evidence.login.empty()) text += format("    login: {}\n", util::shown(evidence.login));
  if (!evidence.certificate.empty())
    text += format("    certificate: {}\n", util::shown(evidence.certificate));
  text += format("    envelope: {}\n", evidence.null_sender ? "null sender"
                                       : evidence.envelope  ? evidence.envelope->domain
                                                            : "no readable domain");
  text += evidence.author_valid ? format("    author: {}\n", list_of(evidence.authors))
                                : format("    author: {}\n", evidence.author_fault);
  if (!evidence.other_identities.empty())
    text += format("    other identities: {}\n", list_of(evidence.other_identities));
  text += tenant_lines(evidence);
  text +=
      format("    spf: {} for {}\n",
             known_or(evidence.spf.state, name_of(evidence.spf.result, policy::spf_result_names)),
             evidence.spf.domain.empty() ? "no domain" : util::shown(evidence.spf.domain));
  if (!evidence.spf.cause.empty()) text += format("      {}\n", evidence.spf.cause);
  for (const policy::Signature& signature : evidence.signatures)
    text += format("    dkim: {} d={} s={}{}\n",
                   known_or(signature.state, signature.verified ? "pass" : "fail"),
                   signature.domain.domain.empty() ? "?" : signature.domain.domain,
                   util::shown(signature.selector),
                   signature.fault == policy::SignatureFault::none
                       ? ""
                       : format(" ({})", name_of(signature.fault, policy::signature_fault_names)));
  return text;
}

}  // namespace

std::string decision_tree(const evidence::Message& message) {
  if (!message.is_judged()) return "  not judged: outside --scope\n";
  return verdict_lines(message) + check_lines(message.verdict()) +
         evidence_lines(message.evidence());
}

}  // namespace ctl
