// SPDX-License-Identifier: BSD-2-Clause
// SPF records by the letter of RFC 7208 4.6.1, 5, 6 and 7.1: what that grammar does
// not give is no record. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/network.h"

namespace evidence {

struct SpfTerm {
  enum class Mechanism { all, include, a, mx, ptr, ip4, ip6, exists, redirect };
  Mechanism mechanism = Mechanism::all;
  char qualifier = '+';     // + - ~ ?
  std::string domain_spec;  // "" stands for the domain itself
  int prefix_v4 = 32;       // of a and mx
  int prefix_v6 = 128;
  std::optional<policy::Network> network;  // of ip4 and ip6; empty where none can match
};

// The directives in order, and the redirect modifier, if there is one, as the last.
// Nothing where the record is malformed; `faulty` is then the first term that can't be read.
std::optional<std::vector<SpfTerm>> parse_spf_record(std::string_view text,
                                                     std::string* faulty = nullptr);

// Whether a TXT record is an SPF record at all (RFC 7208 4.5).
bool is_spf_record(std::string_view text);

}  // namespace evidence
