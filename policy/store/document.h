// SPDX-License-Identifier: BSD-2-Clause
// A policy file as a tree of values with their places, whatever its language.
// Internal to policy/store/. Values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace store {

struct Place {
  unsigned line = 0;    // from 1; 0 where the file as a whole is meant
  unsigned column = 0;  // from 1, in code points
};

struct Member;

struct Node {
  enum class Kind { table, array, text, integer, boolean, date, other };
  Kind kind = Kind::table;
  Place at;
  Place end;                    // past its last byte; of a table under a header, past the header
  std::string text;             // of a text; else the value as it would be written
  std::int64_t number = 0;      // of an integer or boolean; of a date the days since 1970
  std::vector<Member> members;  // of a table
  std::vector<Node> elements;   // of an array

  const Node* find(std::string_view key) const;
  // For findings: what it is and says, cut.
  std::string described() const;
};

struct Member {
  std::string key;
  Place at;
  Node value;
};

// The table of the sender of this name in a policy; null where there is none.
const Node* sender_node(const Node& root, std::string_view name);

// A TOML text, or its first syntax error; places count from the lines before it.
struct Document {
  std::optional<Node> root;
  Place problem_at;
  std::string problem;
};
Document parse_toml(std::string_view text, unsigned lines_before = 0);

}  // namespace store
