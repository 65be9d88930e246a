// SPDX-License-Identifier: BSD-2-Clause
#include "policy/store/document.h"

#include <algorithm>

#include "util/text.h"

namespace store {

const Node* Node::find(std::string_view key) const {
  const auto member = std::find_if(members.begin(), members.end(),
                                   [&](const Member& one) { return one.key == key; });
  return member == members.end() ? nullptr : &member->value;
}

const Node* sender_node(const Node& root, std::string_view name) {
  const Node* senders = root.find("sender");
  if (senders == nullptr) return nullptr;
  const auto sender =
      std::find_if(senders->elements.begin(), senders->elements.end(), [&](const Node& one) {
        const Node* written = one.find("name");
        return written != nullptr && written->text == name;
      });
  return sender == senders->elements.end() ? nullptr : &*sender;
}

std::string Node::described() const {
  switch (kind) {
    case Kind::table:
      return "a table";
    case Kind::array:
      return "a list";
    case Kind::text:
      return '"' + util::shown(text) + '"';
    case Kind::integer:
      return "the number " + text;
    case Kind::boolean:
      return text;
    case Kind::date:
      return "the date " + text;
    case Kind::other:
      break;
  }
  return text;
}

}  // namespace store
