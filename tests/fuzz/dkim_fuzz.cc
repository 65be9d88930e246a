// SPDX-License-Identifier: BSD-2-Clause
// DKIM-Signature fields and key records through the libopendkim wrapper. No input has a key
// that belongs to its signature: nothing verifies.
#include "milter/evidence/dkim.h"
#include "tests/fuzz/hostile_dns.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(fuzz::text(data, size));
  const unsigned count = 1 + input.byte() % 3;
  std::vector<evidence::HeaderField> header;
  for (unsigned i = 0; i < count; ++i)
    header.push_back({std::string(evidence::dkim_signature_field), " " + input.line()});
  header.push_back({"From", " alice@contoso.example"});
  header.push_back({"Subject", " " + input.line()});
  std::vector<policy::Signature> signatures = evidence::read_signatures(header);
  fuzz::must(signatures.size() == count, "a signature a field");
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < signatures.size(); ++i) {
    if (!signatures[i].domain.domain.empty() && signatures[i].signs_from) chosen.push_back(i);
  }
  evidence::DkimVerifier verifier(header, signatures, chosen, 1'800'000'000);
  fuzz::HostileDns resolver(input);
  evidence::MessageDns dns(resolver);
  for (const std::size_t i : chosen) dns.ask(evidence::key_question(signatures[i]));
  verifier.body(input.rest());
  verifier.finish(dns, signatures);
  for (const std::size_t i : chosen) {
    fuzz::must(signatures[i].state == policy::Known::known ||
                   signatures[i].state == policy::Known::unavailable,
               "each chosen signature has a result");
    fuzz::must(!signatures[i].verified, "nothing verifies");
  }
  return 0;
}
