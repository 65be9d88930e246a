// SPDX-License-Identifier: BSD-2-Clause
// The [[sender]] entries that the DNS of domains suggests: each statement with the record
// that it rests on and how sure it is. What is proposed is a good policy; nothing is
// invented. Text of DNS is made printable. Pure but for the platform data that the check
// of a policy reads.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "ctl/discovery.h"
#include "policy/platform.h"
#include "util/json.h"

namespace ctl {

enum class Sureness { sure, probable, guess };
inline constexpr std::array<std::string_view, 3> sureness_names{"sure", "probable", "a guess"};

// A value, and what it rests on.
struct Statement {
  std::string value;
  Sureness sureness = Sureness::sure;
  std::string rests_on;
};

struct PlatformProposal {
  std::string platform;
  std::vector<Statement> tenants;
  std::optional<Statement> spf;  // "aligned"
  std::optional<Statement> dkim;
};

struct Proposal {
  enum class Outcome { entry, no_way_in, no_such_name, no_answer };
  std::string domain;
  Outcome outcome = Outcome::entry;
  std::string why;  // there is no entry; "" where there is one
  Statement name;
  std::vector<PlatformProposal> platforms;
  std::vector<Statement> networks;
  std::vector<Statement> delegates;
  std::optional<Statement> spf_alignment;
  std::optional<Statement> dkim_alignment;
  std::vector<std::string> notes;
  std::vector<SpfNode> spf;
  bool is_incomplete = false;  // DNS did not answer all
};
inline constexpr std::array<std::string_view, 4> outcome_names{"entry", "no-way-in", "no-such-name",
                                                               "no-answer"};

std::vector<Proposal> propose(const std::vector<Discovered>& domains,
                              const std::vector<policy::Platform>& platforms);

// An entry, commented out where there is no way in; a comment where nothing was found.
std::string to_toml(const Proposal& proposal);
util::Json to_json(const Proposal& proposal);

}  // namespace ctl
