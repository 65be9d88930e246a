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

// Neither a table, an array nor a text.
Node leaf(const toml::node& from) {
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
    Node node;
    fill(node, from);
    return node;
  }

  Place place(const toml::source_position& position) const {
    return {position.line + lines_before_, position.column};
  }

 private:
  void fill(Node& node, toml::node& from) const {
    if (auto* table = from.as_table())
      fill_table(node, *table);
    else if (auto* array = from.as_array())
      fill_array(node, *array);
    else if (auto* text = from.as_string())
      fill_text(node, *text);
    else
      node = leaf(from);
    node.at = place(from.source().begin);
    node.end = place(from.source().end);
  }

  void fill_table(Node& node, toml::table& from) const {
    node.kind = Node::Kind::table;
    node.members.reserve(from.size());
    for (auto&& [key, value] : from) {
      Member& member = node.members.emplace_back();
      member.key = key.str();
      member.at = place(key.source().begin);
      fill(member.value, value);
    }
    // toml++ keeps keys by name; findings and readers go from the top.
    std::stable_sort(node.members.begin(), node.members.end(),
                     [](const Member& a, const Member& b) {
                       return std::pair(a.at.line, a.at.column) < std::pair(b.at.line, b.at.column);
                     });
  }

  void fill_array(Node& node, toml::array& from) const {
    node.kind = Node::Kind::array;
    node.elements.reserve(from.size());
    for (toml::node& element : from) fill(node.elements.emplace_back(), element);
  }

  static void fill_text(Node& node, toml::value<std::string>& from) {
    node.kind = Node::Kind::text;
    node.text = std::move(from.get());
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
