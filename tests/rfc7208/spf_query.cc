// SPDX-License-Identifier: BSD-2-Clause
// Evaluates SPF as the daemon does: for each line "client TAB helo TAB mail-from" of
// standard input one line with the name of the result. A state that does not go
// with its result (policy/evidence.h), or an evaluation that does not end when DNS
// is given up, is named instead.
#include <iostream>

#include "milter/evidence/spf.h"
#include "tests/rfc7208/query.h"

namespace {

using policy::Known;
using policy::SpfResult;

// spec 8: --dns-budget
constexpr std::chrono::seconds budget{20};

std::string evaluated(const evidence::SpfRequest& request, evidence::Resolver& resolver) {
  evidence::MessageDns dns(resolver);
  const auto deadline = std::chrono::steady_clock::now() + budget;
  policy::Spf spf = evidence::evaluate_spf(request, dns);
  while (spf.state == Known::pending && dns.wait(deadline))
    spf = evidence::evaluate_spf(request, dns);
  if (spf.state == Known::pending) {
    dns.give_up();
    spf = evidence::evaluate_spf(request, dns);
  }
  if (spf.state == Known::pending) return "pending";
  const auto wanted = spf.result == SpfResult::temperror ? Known::unavailable : Known::known;
  if (spf.state != wanted) return "state-mismatch";
  return std::string(policy::spf_result_names[static_cast<std::size_t>(spf.result)]);
}

}  // namespace

int main(int count, char** words) {
  const auto resolver = query::resolver_of(count, words);
  if (!resolver) return 78;
  while (const auto fields = query::read_fields()) {
    const auto client = fields->size() == 3 ? policy::Address::parse((*fields)[0]) : std::nullopt;
    if (!client) {
      std::cerr << "expected: client TAB helo TAB mail-from\n";
      return 64;
    }
    std::cout << evaluated({*client, (*fields)[1], (*fields)[2]}, *resolver) << std::endl;
  }
  return 0;
}
