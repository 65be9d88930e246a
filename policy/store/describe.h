// SPDX-License-Identifier: BSD-2-Clause
// A sender's configuration as keys and values, as a policy file would write them, for
// lists and comparisons. Pure but for `in_force`, which reads the text again.
#pragma once

#include <string>
#include <vector>

#include "policy/policy.h"

namespace store {

struct DescribedKey {
  std::string key;
  std::string platform;             // of [sender.platform.NAME]; "" for the sender itself
  std::vector<std::string> values;  // one for a key that is no list
  bool is_list = false;
  std::string source;  // "FILE:LINE" or "built in"; "" where it was not asked for
};

// Every key, in the order of the manual.
std::vector<DescribedKey> described(const policy::Sender& sender);

// The same with where each value comes from. `text` is that of the sender's snapshot.
std::vector<DescribedKey> in_force(const policy::Sender& sender, const std::string& text,
                                   const std::string& file);

// What B says otherwise than A, by meaning: a line for each difference, "" for none.
std::vector<std::string> differences(const policy::Snapshot& a, const policy::Snapshot& b);

// "YYYY-MM-DD": the last day on which a listed tenant counts.
std::string last_day(std::int64_t until);

}  // namespace store
