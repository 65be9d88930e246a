// SPDX-License-Identifier: BSD-2-Clause
// TOML by toml++; the only file that knows it.
#include <toml++/toml.h>

#include <algorithm>
#include <chrono>

#include "policy/store/document.h"
#include "util/format.h"

namespace store {

namespace {

std::int64_t days_since_1970(const toml::date& date) {
  const std::chrono::sys_days day = std::chrono::year{date.year} / date.month / date.day;
  return day.time_since_epoch().count();
}

Node leaf(toml::node& from) {
  if (auto* text = from.as_string())
    return {.kind = Node::Kind::text, .text = std::move(text->get())};
  if (const auto* number = from.as_integer())
    return {.kind = Node::Kind::integer,
            .text = std::to_string(number->get()),
            .number = number->get()};
  if (const auto* truth = from.as_boolean())
    return {.kind = Node::Kind::boolean,
            .text = truth->get() ? "true" : "false",
            .number = truth->get() ? 1 : 0};
  if (const auto* date = from.as_date()) {
    const toml::date day = date->get();
    return {.kind = Node::Kind::date,
            .text = util::format("{:04}-{:02}-{:02}", day.year, day.month, day.day),
            .number = days_since_1970(day)};
  }
  if (from.is_floating_point()) return {.kind = Node::Kind::other, .text = "a number with a point"};
  return {.kind = Node::Kind::other, .text = "a time"};
}

// The tree of one text. What toml++ has made is taken from it.
class Converter {
 public:
  explicit Converter(unsigned lines_before) : lines_before_(lines_before) {}

  Node converted(toml::node& from) const {
    Node node = from.is_table()   ? table(*from.as_table())
                : from.is_array() ? array(*from.as_array())
                                  : leaf(from);
    node.at = place(from.source().begin);
    node.end = place(from.source().end);
    return node;
  }

  Place place(const toml::source_position& position) const {
    return {position.line + lines_before_, position.column};
  }

 private:
  Node table(toml::table& from) const {
    Node node{.kind = Node::Kind::table};
    node.members.reserve(from.size());
    for (auto&& [key, value] : from)
      node.members.push_back({std::string(key.str()), place(key.source().begin), converted(value)});
    // toml++ keeps keys by name; findings and readers go from the top.
    std::stable_sort(node.members.begin(), node.members.end(),
                     [](const Member& a, const Member& b) {
                       return std::pair(a.at.line, a.at.column) < std::pair(b.at.line, b.at.column);
                     });
    return node;
  }

  Node array(toml::array& from) const {
    Node node{.kind = Node::Kind::array};
    node.elements.reserve(from.size());
    for (toml::node& element : from) node.elements.push_back(converted(element));
    return node;
  }

  unsigned lines_before_;
};

}  // namespace

Document parse_toml(std::string_view text, unsigned lines_before) {
  const Converter converter(lines_before);
  try {
    toml::table root = toml::parse(text);
    return {.root = converter.converted(root), .problem_at = {}, .problem = {}};
  } catch (const toml::parse_error& error) {
    return {.root = {},
            .problem_at = converter.place(error.source().begin),
            .problem = std::string(error.description())};
  }
}

}  // namespace store
