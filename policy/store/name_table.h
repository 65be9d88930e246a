// SPDX-License-Identifier: BSD-2-Clause
// Names and whose each is, for as many as were announced: one allocation, and a name is
// found in about one miss of the cache. The names are others', who outlive the table.
// Internal to policy/store/.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/store/reader.h"

namespace store {

inline std::string_view name_of(const std::string& name) { return name; }
inline std::string_view name_of(const Placed<std::string>& placed) { return placed.value; }

template <class Named>
class NameTable {
 public:
  struct Entry {
    const Named* named = nullptr;  // null: free
    std::uint32_t tag = 0;         // of the name's hash: other names are seldom looked at
    std::uint32_t owner = 0;
  };

  explicit NameTable(std::size_t names = 0) : entries_(names + names / 2 + 1) {}

  // The entry that has this name already, or null: then there is one now.
  const Entry* add(const Named& named, std::size_t owner) {
    const std::size_t hash = hash_of(name_of(named));
    Entry& entry = entries_[place(hash, name_of(named))];
    if (entry.named != nullptr) return &entry;
    entry = {&named, static_cast<std::uint32_t>(hash), static_cast<std::uint32_t>(owner)};
    return nullptr;
  }

  const Entry* find(std::string_view name) const {
    const Entry& entry = entries_[place(hash_of(name), name)];
    return entry.named == nullptr ? nullptr : &entry;
  }

 private:
  static std::size_t hash_of(std::string_view name) { return std::hash<std::string_view>{}(name); }

  // Where the name is, or would be.
  std::size_t place(std::size_t hash, std::string_view name) const {
    const auto tag = static_cast<std::uint32_t>(hash);
    for (std::size_t at = hash % entries_.size();; at = at + 1 == entries_.size() ? 0 : at + 1) {
      const Entry& entry = entries_[at];
      if (entry.named == nullptr || (entry.tag == tag && name_of(*entry.named) == name)) return at;
    }
  }

  std::vector<Entry> entries_;
};

}  // namespace store
