// SPDX-License-Identifier: BSD-2-Clause
// See random.h: seeds, numbers of cases, and what is printed.
#include "tests/unit/random/random.h"

#include <cstdlib>
#include <iostream>
#include <optional>

namespace random_cases {
namespace {

constexpr std::uint64_t usual_seed = 20240729;
constexpr std::size_t most_printed = 5;

std::optional<std::uint64_t> number_in(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr || *text == '\0') return std::nullopt;
  return std::stoull(text);  // throws on what is no number: the test fails
}

// The mixing function of SplitMix64 (Steele, Lea, Flood 2014).
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

std::uint64_t seed_of(std::uint64_t seed, std::string_view property, std::size_t number) {
  for (const char c : property) seed = mixed(seed ^ static_cast<unsigned char>(c));
  return mixed(seed + number);
}

std::size_t usual_here(std::size_t usual) {
#ifdef NDEBUG
  return usual;
#else
  return usual / 20 + 1;
#endif
}

}  // namespace

Result run(std::string_view property, std::size_t usual,
           const std::function<Finding(Random&)>& test) {
  const std::uint64_t seed = number_in("TM_SEED").value_or(usual_seed);
  const auto only = number_in("TM_CASE");
  const std::size_t cases = number_in("TM_CASES").value_or(usual_here(usual));
  const std::size_t first = only.value_or(0), end = only ? first + 1 : cases;
  Result result;
  for (std::size_t number = first; number < end && result.broken < most_printed; ++number) {
    Random random(seed_of(seed, property, number));
    const Finding finding = test(random);
    ++result.cases;
    if (finding.state != Finding::State::no_matter) ++result.compared;
    if (finding.state != Finding::State::broken) continue;
    ++result.broken;
    std::cout << property << ": TM_SEED=" << seed << " TM_CASE=" << number << "\n"
              << finding.words << "\n";
  }
  std::cout << property << ": seed " << seed << ", " << result.cases << " cases, "
            << result.compared << " compared\n";
  return result;
}

}  // namespace random_cases
