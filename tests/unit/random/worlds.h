// SPDX-License-Identifier: BSD-2-Clause
// Random messages and policies: honest mail of a customer over some platform, with a few
// things wrong about it, and policies of one to four senders. Most cases get far into the
// checks; what each check can see occurs. For test programs only.
#pragma once

#include <string>
#include <vector>

#include "tests/unit/oracle/world.h"
#include "tests/unit/random/random.h"

namespace random_cases {

using oracle::World;

// An organisation and what it is called on each platform. The first four may be senders, by
// name; `evil` is blocked; nobody lists `stranger`.
struct Organisation {
  std::string name;
  std::string domain;      // contoso.example
  std::string microsoft;   // contoso.onmicrosoft.com
  std::string guid;        // of that tenant
  std::string google;      // contoso-example.20230601.gappssmtp.com
  std::string salesforce;  // 15 characters
  std::string account;     // X-Acme-Account
  std::string acme;        // contoso.mail.acme.example
};
inline constexpr std::size_t most_senders = 4;
const std::vector<Organisation>& customers();
const Organisation& evil();
const Organisation& stranger();

// Every platform of the tests: kinds, with and without stamps, suffix and certificate.
const std::vector<policy::Platform>& platforms();

// The organisation's tenants on a platform, in canonical form, as a policy may list them.
std::vector<policy::Tenant> tenants_of(const Organisation& who, const policy::Platform& platform);
// What its stamped source says there; "" where the platform has no such source.
std::string stamp_of(const Organisation& who, const policy::Platform& platform,
                     policy::TenantSource source);
// A d= that names it on the platform; "" where none does.
std::string signer_of(const Organisation& who, const policy::Platform& platform);

// Senders by name, and all that is the policy's. `w.platform` is set.
void random_policy(Random& r, World& w);
void random_evidence(Random& r, World& w);
World random_world(Random& r);

// Leaves up to three look-ups open: SPF and two signatures. Whether any is.
bool leave_open(Random& r, World& w, policy::Known state);
bool is_open(const policy::Evidence& e, policy::Known state);

}  // namespace random_cases
