// SPDX-License-Identifier: BSD-2-Clause
#include "util/psl.h"

#include <libpsl.h>

#include <algorithm>
#include <iterator>

namespace util {

namespace {

// The distribution's current list where it is installed, else the one that the
// library was built with. Loaded once; never freed, since any thread may use it.
const psl_ctx_t* suffixes() {
  static const psl_ctx_t* const list = [] {
    const psl_ctx_t* latest = psl_latest(nullptr);
    return latest != nullptr ? latest : psl_builtin();
  }();
  return list;
}

// "*.NAME" stands for every name one label below NAME, as in the list itself.
bool is_extra(std::string_view name, const std::vector<std::string>& extra) {
  const auto dot = name.find('.');
  const std::string wildcard =
      dot == std::string_view::npos ? "" : "*" + std::string(name.substr(dot));
  return std::any_of(extra.begin(), extra.end(),
                     [&](const std::string& one) { return one == name || one == wildcard; });
}

bool is_suffix(std::string_view name, const std::vector<std::string>& extra) {
  return is_extra(name, extra) || psl_is_public_suffix(suffixes(), std::string(name).c_str()) == 1;
}

}  // namespace

SuffixPart public_suffix_part(const std::string& name) {
  if (psl_is_public_suffix2(suffixes(), name.c_str(), PSL_TYPE_ANY) != 1) return SuffixPart::none;
  return psl_is_public_suffix2(suffixes(), name.c_str(), PSL_TYPE_ICANN) == 1
             ? SuffixPart::icann
             : SuffixPart::private_part;
}

bool is_top_level_domain(const std::string& label) {
  constexpr std::string_view special[] = {"example", "test",  "invalid",  "localhost",
                                          "local",   "onion", "internal", "alt",
                                          "home",    "corp",  "lan"};
  return std::find(std::begin(special), std::end(special), label) != std::end(special) ||
         psl_is_public_suffix2(suffixes(), label.c_str(), PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) ==
             1;
}

std::string organisational_domain(std::string_view name, const std::vector<std::string>& extra) {
  if (name.empty() || is_suffix(name, extra)) return "";
  for (std::string_view rest = name;;) {
    const auto dot = rest.find('.');
    if (dot == std::string_view::npos) return "";
    const std::string_view parent = rest.substr(dot + 1);
    if (is_suffix(parent, extra)) return std::string(rest);
    rest = parent;
  }
}

}  // namespace util
