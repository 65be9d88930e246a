// SPDX-License-Identifier: BSD-2-Clause
// What a domain's own DNS says about how its mail is sent: read, not yet judged
// (ctl/proposal makes an entry of it). Blocks until all is answered or the time is over;
// one thread a domain.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "ctl/spf_tree.h"
#include "milter/evidence/dns.h"

namespace ctl {

// A DKIM selector that platforms use for their customers' domains.
struct Selector {
  std::string name;
  std::vector<std::string> aliases;  // the CNAMEs, one after the other
  bool has_key = false;
};

struct Dmarc {
  std::string at;      // where it was found: the domain, or the organisation's
  std::string policy;  // p=
  bool strict_spf = false;
  bool strict_dkim = false;
};

struct Discovered {
  std::string domain;
  bool exists = true;
  std::vector<std::string> failures;  // the questions that DNS did not answer
  SpfTree spf;
  std::vector<std::string> mx;
  std::vector<std::string> verifications;  // TXT "MS=ms..."
  std::optional<Dmarc> dmarc;
  std::vector<Selector> selectors;  // those with aliases or a key
};

Discovered discover(const std::string& domain, evidence::Resolver& resolver,
                    std::chrono::milliseconds budget);

}  // namespace ctl
