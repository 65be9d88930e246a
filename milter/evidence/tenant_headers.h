// SPDX-License-Identifier: BSD-2-Clause
// The stamped fields of the client's platform, in canonical form (spec 4): what is
// malformed stays malformed. Pure; any thread.
#pragma once

#include <vector>

#include "milter/evidence/field.h"
#include "policy/evidence.h"
#include "policy/platform.h"

namespace evidence {

// Fills tenant_fields, connecting, entity and auth_as. Only for a client of the
// platform: from anywhere else the fields are noise that anybody can type.
void read_tenant_headers(const std::vector<HeaderField>& header, const policy::Platform& platform,
                         policy::Evidence& evidence);

}  // namespace evidence
