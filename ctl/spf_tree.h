// SPDX-License-Identifier: BSD-2-Clause
// A domain's SPF record with all that it includes, as it is published (RFC 7208 5.2, 6.1):
// for reading and for proposals, never a verdict. At most ten deep and fifty records;
// a name that includes itself is named as a loop.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "milter/evidence/dns.h"
#include "policy/network.h"

namespace ctl {

// Asks and waits.
using Ask = std::function<evidence::DnsAnswerPtr(const evidence::Question&)>;

struct SpfNode {
  int depth = 0;
  std::string term;  // by which it is reached: "include:NAME", "redirect=NAME"; "" at the top
  std::string domain;
  std::string record;   // "" where there is none, or not one
  std::string problem;  // why it was not read; "" where it was
};

// A network that the record lets pass.
struct SpfNetwork {
  policy::Network network;
  std::string via;  // the term of the domain's own record that brings it
  bool is_own = false;
};

// A name whose record the domain's own lets pass as a whole, and the term that brings it.
struct SpfIncluded {
  std::string domain;
  std::string via;
};

struct SpfTree {
  std::vector<SpfNode> nodes;  // as a tree is read, the domain's own first
  std::vector<SpfNetwork> networks;
  std::vector<SpfIncluded> included;
  bool passes_all = false;            // "+all" somewhere
  std::vector<std::string> failures;  // names for which DNS gave no answer

  bool has_record() const { return !nodes.empty() && !nodes.front().record.empty(); }
};

SpfTree read_spf_tree(const std::string& domain, const Ask& ask);

}  // namespace ctl
