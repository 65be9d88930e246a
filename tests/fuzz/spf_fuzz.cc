// SPDX-License-Identifier: BSD-2-Clause
// The SPF guard together with libspf2, on DNS answers that are hostile from end to end. A
// record without a mechanism that could match never passes.
#include "milter/evidence/spf.h"
#include "tests/fuzz/hostile_dns.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(fuzz::text(data, size));
  const bool is_v6 = (input.byte() & 1) != 0;
  const evidence::SpfRequest request{
      .client = *policy::Address::parse(is_v6 ? "2001:db8::7" : "192.0.2.7"),
      .helo = input.line(),
      .mail_from = input.line()};
  fuzz::HostileDns resolver(input);
  evidence::MessageDns dns(resolver);
  const policy::Spf spf = evidence::evaluate_spf(request, dns);
  fuzz::must(spf.state != policy::Known::pending && spf.state != policy::Known::not_asked,
             "an answer where every question has one");
  fuzz::must(
      (spf.state == policy::Known::unavailable) == (spf.result == policy::SpfResult::temperror),
      "unavailable is temperror");
  return 0;
}
