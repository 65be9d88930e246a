// SPDX-License-Identifier: BSD-2-Clause
#include "ctl/seen.h"

#include <algorithm>

#include "ctl/decisions.h"
#include "ctl/table.h"
#include "milter/evidence/record.h"
#include "util/format.h"

namespace ctl {

namespace {

struct Use {
  std::uint64_t messages = 0;
  std::uint64_t accepted = 0;
  std::int64_t last = 0;
};

// Whether the message names the tenant, in a stamp or a signature.
bool names(const policy::Evidence& evidence, const policy::Tenant& tenant) {
  return std::any_of(evidence.tenant_fields.begin(), evidence.tenant_fields.end(),
                     [&](const auto& field) { return field.value == tenant.value; }) ||
         std::any_of(evidence.signatures.begin(), evidence.signatures.end(),
                     [&](const auto& one) { return one.domain.domain == tenant.value; });
}

}  // namespace

util::Result<std::vector<std::string>> tenants_seen(const std::vector<std::string>& decisions,
                                                    const policy::Sender& sender,
                                                    const std::vector<policy::Tenant>& tenants) {
  std::vector<Use> uses(tenants.size());
  const auto counts = read_decisions(
      decisions, [&](const util::JsonValue& record, const policy::Evidence& evidence) {
        if (!is_about(record, sender.name)) return;
        for (std::size_t i = 0; i < tenants.size(); ++i) {
          if (!names(evidence, tenants[i])) continue;
          ++uses[i].messages;
          if (record.at("verdict").text() == "accept") ++uses[i].accepted;
          uses[i].last = std::max(uses[i].last, evidence.time);
        }
      });
  if (!counts) return counts.error();
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < tenants.size(); ++i) {
    if (uses[i].messages == 0) continue;
    lines.push_back(util::format("{} sent {} for {}, {} of them accepted, the last on {}",
                                 tenants[i].to_string(), counted(uses[i].messages, "message"),
                                 sender.name, uses[i].accepted, evidence::rfc3339(uses[i].last)));
  }
  return lines;
}

}  // namespace ctl
