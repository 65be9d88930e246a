// SPDX-License-Identifier: BSD-2-Clause
#include "util/nearest.h"

#include <algorithm>
#include <numeric>

namespace util {

namespace {

constexpr std::size_t most = 3;

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::vector<std::string> nearest(std::string_view word, const std::vector<std::string>& names) {
  const std::size_t limit = std::max<std::size_t>(2, word.size() / 4);
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const std::string& name : names) {
    const bool is_inside = word.size() > 2 && name.find(word) != std::string::npos;
    const std::size_t edits = is_inside ? limit : distance(word, name);
    if (edits <= limit) near.emplace_back(edits, name);
  }
  std::sort(near.begin(), near.end());
  near.erase(std::unique(near.begin(), near.end()), near.end());
  std::vector<std::string> found;
  for (std::size_t i = 0; i < std::min(most, near.size()); ++i) found.push_back(near[i].second);
  return found;
}

}  // namespace util
