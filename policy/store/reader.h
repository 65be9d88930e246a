// SPDX-License-Identifier: BSD-2-Clause
// Values of a policy file, read with every fault at its place. Each reader gives
// nothing where it has reported an error. Internal to policy/store/.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/network.h"
#include "policy/platform.h"
#include "policy/sender.h"
#include "policy/store/document.h"
#include "policy/store/keys.h"
#include "policy/store/store.h"

namespace store {

// A value and where it stands.
template <class T>
struct Placed {
  T value;
  Place at;
};

using Platforms = std::map<std::string, policy::Platform, std::less<>>;

class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  void error(const Place& at, std::string found, std::string expected);
  void warning(const Place& at, std::string found, std::string expected);
  void error(const Node& node, std::string expected) {
    error(node.at, node.described(), std::move(expected));
  }
  std::vector<Finding> take_findings() { return std::move(findings_); }
  void add_findings(std::vector<Finding> findings);
  const std::string& file() const { return file_; }

  // Reports members that may not stand in this section.
  void check_keys(const Node& table, Section section);
  // The node if it is a table; a dated one for `platform` members.
  bool is_table(const Node& node);

  std::optional<std::string> text(const Node& node);
  std::optional<bool> truth(const Node& node);
  std::optional<std::string> domain(const Node& node);
  std::optional<policy::Network> network(const Node& node);
  std::optional<std::chrono::seconds> duration(const Node& node);
  std::optional<policy::Tenant> tenant(const Node& node, const Platforms& platforms);

  // The value of a word out of a vocabulary.
  template <class Enum, std::size_t N>
  std::optional<Enum> word(const Node& node, const std::array<std::string_view, N>& names) {
    const auto value =
        node.kind == Node::Kind::text ? policy::named<Enum>(node.text, names) : std::nullopt;
    if (!value) error(node, one_of({names.begin(), names.end()}));
    return value;
  }

  // Each element that `read` can read.
  template <class Read>
  auto list(const Node& node, Read&& read) {
    using T = typename decltype(read(node))::value_type;
    std::vector<Placed<T>> values;
    if (node.kind != Node::Kind::array) {
      error(node, "a list");
      return values;
    }
    values.reserve(node.elements.size());
    for (const Node& element : node.elements) {
      if (auto value = read(element)) values.push_back({std::move(*value), element.at});
    }
    return values;
  }

  static std::string one_of(const std::vector<std::string_view>& names);

 private:
  void add(Finding::Severity severity, const Place& at, std::string found, std::string expected);

  std::string file_;
  std::vector<Finding> findings_;
};

template <class T>
std::vector<T> values_of(std::vector<Placed<T>> placed) {
  std::vector<T> values;
  values.reserve(placed.size());
  for (Placed<T>& one : placed) values.push_back(std::move(one.value));
  return values;
}

}  // namespace store
