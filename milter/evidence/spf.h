// SPDX-License-Identifier: BSD-2-Clause
// SPF (RFC 7208) by libspf2, behind a guard that sees every record before the
// library does: strict syntax, all limits, records normalised where the library
// is wrong. Not one false pass. The only file pair that knows libspf2.
#pragma once

#include <memory>
#include <string>

#include "milter/evidence/dns.h"
#include "policy/evidence.h"
#include "policy/network.h"

namespace evidence {

struct SpfRequest {
  policy::Address client;
  std::string helo;
  // MAIL FROM without brackets, as it was sent; "" for the null sender, for which
  // postmaster@HELO is checked (RFC 7208 2.4).
  std::string mail_from;
};

// One evaluation, which remembers what has been answered. Not thread-safe.
class SpfEvaluation {
 public:
  explicit SpfEvaluation(const SpfRequest& request);
  ~SpfEvaluation();
  SpfEvaluation(SpfEvaluation&&) noexcept;
  SpfEvaluation& operator=(SpfEvaluation&&) noexcept;

  // Call again when an answer has come, with the same message's DNS: `state` is pending while the
  // evaluation needs an answer that is under way, known with a result, or unavailable
  // (with `temperror`). No thread waits; a library fault is `unavailable`.
  // `domain` is the domain checked, in lower case. `secure`: every answer that was
  // used was. `cause`: of an error, what it comes from.
  policy::Spf run(MessageDns& dns);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The first run of one.
inline policy::Spf evaluate_spf(const SpfRequest& request, MessageDns& dns) {
  return SpfEvaluation(request).run(dns);
}

}  // namespace evidence
