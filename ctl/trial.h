// SPDX-License-Identifier: BSD-2-Clause
// Messages judged under the strictest policy that lists all that they name: what each way
// in meets is found by the verdict itself, so it can't be said otherwise here.
#pragma once

#include "ctl/learned.h"

namespace ctl {

// Lowers the row's levels to what this message of a platform meets as well, or marks the
// row where the message would be refused even without SPF and DKIM.
void try_levels(const policy::Evidence& evidence, const policy::Platform& platform, Row& row);

policy::Requirement requirement_of(Level level);
policy::Alignment alignment_of(Level level);

}  // namespace ctl
