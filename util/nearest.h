// SPDX-License-Identifier: BSD-2-Clause
// What somebody may have meant who wrote a name that is not there. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace util {

// At most three of the names, the nearest first: few edits away (Levenshtein), or with the
// word inside. None where nothing is near.
std::vector<std::string> nearest(std::string_view word, const std::vector<std::string>& names);

}  // namespace util
