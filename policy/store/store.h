// SPDX-License-Identifier: BSD-2-Clause
// Policy sources to an immutable snapshot (spec 5): a file is loaded whole or not at
// all, with every error and warning at its place.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/policy.h"

namespace store {

struct Finding {
  enum class Severity { error, warning };
  Severity severity = Severity::error;
  std::string file;
  unsigned line = 0;    // from 1; 0 where the file as a whole is meant
  unsigned column = 0;  // from 1, in code points
  std::string found;
  std::string expected;  // "" where the file as a whole can't be had, and `found` says why
  // "FILE:LINE:COLUMN: error: found X, expected Y"
  std::string to_string() const;
};

struct Loaded {
  policy::SnapshotPtr snapshot;  // null where there is an error
  std::string source_text;       // what `load` read of a file
  std::vector<Finding> findings;
  int exit_code = 0;  // 0, 65 (unreadable or bad), 66 (no such file), 78 (not built in)
  // For a person who checks `source`: a line for each finding, and where there is no error
  // one with the revision.
  std::string report(const std::string& source) const;
};

struct LoadOptions {
  std::int64_t time = 0;  // now, for the warning of tenants near their end
};

// Whether a SOURCE is the path of a file, and no other store.
bool is_file(std::string_view source);

// A policy SOURCE of spec 8: PATH.toml; other stores are not built in (78).
Loaded load(const std::string& source, const LoadOptions& options);

// The same from text; `file` stands in the findings.
Loaded load_toml(std::string_view text, const std::string& file, const LoadOptions& options);

}  // namespace store
