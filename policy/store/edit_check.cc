// SPDX-License-Identifier: BSD-2-Clause
#include "policy/store/edit_check.h"

#include <algorithm>

#include "util/format.h"

namespace store {

namespace {

constexpr int exit_data = 65;

}  // namespace

bool is_same(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.text != b.text || a.number != b.number ||
      a.members.size() != b.members.size())
    return false;
  for (const Member& member : a.members) {
    const Node* other = b.find(member.key);
    if (other == nullptr || !is_same(member.value, *other)) return false;
  }
  return std::equal(a.elements.begin(), a.elements.end(), b.elements.begin(), b.elements.end(),
                    is_same);
}

Node node_of(const std::string& value) {
  return parse_toml("x = " + value).root->members.front().value;
}

util::Error not_editable(const Place& at, const std::string& why) {
  return {util::format("line {}: {}: edit it by hand", at.line, why), exit_data};
}

util::Result<Edited> checked(Change change, std::vector<std::string> changes) {
  const Document document = parse_toml(change.text);
  if (!document.root || !is_same(*document.root, change.expected))
    return not_editable(change.at, "written in a way that can't be changed in place");
  return Edited{std::move(change.text), std::move(changes)};
}

}  // namespace store
