// SPDX-License-Identifier: BSD-2-Clause
// What the rows of the oracle's tables ask: facts about one message and one sender,
// for evidence of which every look-up is known (spec 4 to 6).
#pragma once

#include <string>
#include <vector>

#include "tests/unit/oracle/rules.h"

namespace oracle {

enum class Way { none, login, network, platform };
Way way_in(const Case& c);

// A source of check 4 that the message carries. A malformed or contradictory one
// is there and names nobody.
struct Source {
  policy::TenantSource source;
  std::string value;
  bool names = true;
};
std::vector<Source> sources(const Case& c);
bool can_be_evidence(const Case& c, policy::TenantSource source);  // on this platform

bool lists_values_for(const Case& c, policy::TenantSource source);  // own domains count
bool lists_explicitly(const Case& c, policy::TenantSource source);  // they do not
bool is_listed(const Case& c, const Source& source);                // and in force
bool is_blocked(const Case& c, policy::TenantSource source, const std::string& value);

bool stamps_the_way(const Case& c);
bool suffix_crowded(const Case& c);  // more than ten signatures under the suffix

// The verified signatures under the platform's suffix.
std::vector<Source> suffix_signatures(const Case& c);
bool lists_under_suffix(const Case& c);

bool listed_guid(const Case& c, const std::string& guid);
const policy::TenantField* stamped(const Case& c, policy::TenantSource source);
bool accepts(const Case& c, policy::Entity entity);
std::string lower(std::string text);

const policy::PlatformSettings& settings(const Case& c);
bool aligned(const policy::Identity& one, const policy::Identity& other, policy::Alignment how);
bool envelope_aligned(const Case& c);

// How far a signature comes in check 10, and how far the best one comes.
enum class Far { missing, failed, unacceptable, unaligned, pass };
Far how_far(const Case& c, const policy::Signature& signature);
Far furthest(const Case& c);

}  // namespace oracle
