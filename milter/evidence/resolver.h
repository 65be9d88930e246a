// SPDX-License-Identifier: BSD-2-Clause
// The process's resolver: libunbound, asynchronously from one thread, behind a TTL
// cache with negative answers (RFC 2308) and a size limit. The only file pair that
// knows unbound.h.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "milter/evidence/dns.h"
#include "util/result.h"

namespace evidence {

struct ResolverOptions {
  std::vector<std::string> nameservers;     // ADDR or ADDR@PORT; empty: /etc/resolv.conf
  std::chrono::milliseconds timeout{5000};  // one look-up
  std::string trust_anchor;                 // file for DNSSEC validation; "" for none
  std::size_t cache_bytes = 64 * 1024 * 1024;
  std::size_t max_questions = 4000;  // under way at a time
};

// Starts the resolver's thread; it ends with the object, and flights still under
// way land as failures. Errors: a bad address or trust anchor (exit code 78).
util::Result<std::unique_ptr<Resolver>> make_resolver(const ResolverOptions& options);

}  // namespace evidence
