// SPDX-License-Identifier: BSD-2-Clause
#include "policy/store/store.h"
#include "util/format.h"

namespace store {

std::string Finding::to_string() const {
  std::string place = file;
  if (line != 0) place += util::format(":{}:{}", line, column);
  const char* kind = severity == Severity::error ? "error" : "warning";
  if (expected.empty()) return util::format("{}: {}: {}", place, kind, found);
  return util::format("{}: {}: found {}, expected {}", place, kind, found, expected);
}

std::string Loaded::report(const std::string& source) const {
  std::string text;
  for (const Finding& finding : findings) text += finding.to_string() + "\n";
  if (snapshot != nullptr)
    text += util::format("{}: no errors, revision {}\n", source, snapshot->revision());
  return text;
}

}  // namespace store
