// SPDX-License-Identifier: BSD-2-Clause
// The author parser beside GMime: whenever ours gives domains, GMime gives the same ones.
#include <algorithm>

#include "milter/evidence/author.h"
#include "tests/check/author-compare/gmime_domains.h"
#include "tests/fuzz/fuzz.h"
#include "util/idna.h"

namespace {

// GMime gives them as they were written.
std::vector<std::string> canonical(const std::vector<std::string>& domains) {
  std::vector<std::string> all;
  for (const std::string& domain : domains) {
    std::string name = util::a_labels(domain).value_or(domain);
    if (std::find(all.begin(), all.end(), name) == all.end()) all.push_back(std::move(name));
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string body(fuzz::text(data, size));
  const evidence::AuthorDomains ours = evidence::author_domains({"From", body});
  fuzz::must(ours.fault.empty() != ours.domains.empty(), "domains or a fault, and not both");
  const evidence::AuthorDomains sender = evidence::sender_domain({"From", body});
  if (sender.fault.empty())
    fuzz::must(ours.fault.empty() && ours.domains == sender.domains,
               "what is one sender is the same as an author");
  if (!ours.fault.empty()) return 0;
  fuzz::must(canonical(gmime::author_domains(body, gmime::Mode::loose)) == ours.domains,
             "GMime shows the same domains");
  return 0;
}
