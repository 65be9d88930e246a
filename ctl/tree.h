// SPDX-License-Identifier: BSD-2-Clause
// A decision as a tree that a person can read.
#pragma once

#include <string>

#include "milter/evidence/message.h"

namespace ctl {

// Lines that begin with two spaces: verdict, checks, evidence.
std::string decision_tree(const evidence::Message& message);

}  // namespace ctl
