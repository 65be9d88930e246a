// SPDX-License-Identifier: BSD-2-Clause
// Random cases that can be had again: each has a seed of its own, made of the run's seed,
// the property's name and the case's number, and gives the same on every system (no
// std::*_distribution, whose results are each library's own). For test programs only.
//   TM_SEED   the run's seed in place of the fixed one
//   TM_CASES  cases of each property in place of the usual number
//   TM_CASE   this case alone
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace random_cases {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  std::size_t below(std::size_t n) { return static_cast<std::size_t>(engine_() % n); }
  bool one_in(std::size_t n) { return below(n) == 0; }
  bool mostly(std::size_t n) { return !one_in(n); }  // but for one in n

  template <class T>
  const T& of(const std::vector<T>& all) {
    return all[below(all.size())];
  }
  template <class T>
  T among(std::initializer_list<T> all) {
    return *(all.begin() + below(all.size()));
  }
  template <class T>
  void shuffle(std::vector<T>& all) {
    for (std::size_t n = all.size(); n > 1; --n) std::swap(all[n - 1], all[below(n)]);
  }

 private:
  std::mt19937_64 engine_;
};

// What one case says about a property.
struct Finding {
  enum class State { holds, no_matter, broken } state = State::holds;
  std::string words;  // of a broken one
};
inline Finding holds() { return {}; }
inline Finding no_matter() { return {Finding::State::no_matter, ""}; }  // it is not about this case
inline Finding broken(std::string words) { return {Finding::State::broken, std::move(words)}; }

struct Result {
  std::size_t cases = 0, compared = 0, broken = 0;
};

// Runs `test` on as many cases as are asked for (a twentieth in a build without
// optimisation, unless TM_CASES says otherwise), prints seed and case of the first five that
// break the property, and stops there.
Result run(std::string_view property, std::size_t usual,
           const std::function<Finding(Random&)>& test);

}  // namespace random_cases
