// SPDX-License-Identifier: BSD-2-Clause
// Addresses and networks: what is read is written and read as the same.
#include "policy/network.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using policy::Address;
  using policy::Network;
  const std::string_view text = fuzz::text(data, size);
  if (const auto address = Address::parse(text)) {
    fuzz::must(Address::parse(address->to_string()) == address, "an address is itself");
    for (int prefix = 0; prefix <= address->bits(); ++prefix) {
      const Network network(*address, prefix);
      fuzz::must(network.contains(*address), "a network has its address");
      fuzz::must(Network::parse(network.to_string()) == network, "a network is itself");
    }
  }
  if (const auto network = Network::parse(text)) {
    fuzz::must(network->contains(network->base()), "a network has its base");
    fuzz::must(network->overlaps(*network), "a network overlaps itself");
  }
  return 0;
}
