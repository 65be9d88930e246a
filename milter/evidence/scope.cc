// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/scope.h"

#include <algorithm>

namespace evidence {

namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// `error`, an empty or a missing macro are never inbound.
bool is_inbound(const Settings& settings, const policy::Recipient& recipient) {
  return !recipient.mailer.empty() && recipient.mailer != "error" &&
         contains(settings.local_transports, recipient.mailer) &&
         contains(settings.inbound_domains, recipient.domain);
}

}  // namespace

bool is_in_scope(const Settings& settings, const policy::Evidence& evidence) {
  switch (settings.scope) {
    case ScopeKind::all:
      break;
    case ScopeKind::daemon:
      return contains(settings.daemon_names, evidence.daemon_name);
    case ScopeKind::relayed:
      return evidence.recipients.empty() ||
             !std::all_of(evidence.recipients.begin(), evidence.recipients.end(),
                          [&](const policy::Recipient& to) { return is_inbound(settings, to); });
  }
  return true;
}

}  // namespace evidence
