// SPDX-License-Identifier: BSD-2-Clause
// An edited text is believed only when it says what it was meant to say. Internal to
// policy/store/.
#pragma once

#include <string>
#include <vector>

#include "policy/store/document.h"
#include "policy/store/edit.h"

namespace store {

// The same values, wherever they stand.
bool is_same(const Node& a, const Node& b);

// The value of a TOML text.
Node node_of(const std::string& value);

util::Error not_editable(const Place& at, const std::string& why);

// What an edit wrote, and the document that it must give.
struct Change {
  std::string text;
  Node expected;
  Place at;
};
util::Result<Edited> checked(Change change, std::vector<std::string> changes);

}  // namespace store
