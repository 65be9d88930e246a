// SPDX-License-Identifier: BSD-2-Clause
// Which messages are judged (spec 3). Pure; any thread.
#pragma once

#include "milter/evidence/settings.h"
#include "policy/evidence.h"

namespace evidence {

// A message without a recipient is judged, whatever the scope's recipients say.
bool is_in_scope(const Settings& settings, const policy::Evidence& evidence);

}  // namespace evidence
