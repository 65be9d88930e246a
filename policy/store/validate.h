// SPDX-License-Identifier: BSD-2-Clause
// What is wrong between the entries of a policy, each of them good by itself
// (spec 5, "Errors" and "Warnings"). Internal to policy/store/.
#pragma once

#include "policy/store/read_policy.h"

namespace store {

// What is to be said of a listed tenant's `until` at this time; "" for nothing.
std::string ending(const policy::ListedTenant& listed, std::int64_t time);

void validate(Reader& reader, const Draft& draft, std::int64_t time);

}  // namespace store
