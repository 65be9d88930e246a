// SPDX-License-Identifier: BSD-2-Clause
// The author domains that GMime reads, as they are written. For tests. One thread.
#pragma once

#include <string>
#include <vector>

namespace gmime {

enum class Mode { loose, strict };  // loose is how it is mostly used

// Of a message whose From field has this body. A mailbox without a domain is "(local)".
std::vector<std::string> author_domains(const std::string& body, Mode mode);

}  // namespace gmime
