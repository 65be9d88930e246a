// SPDX-License-Identifier: BSD-2-Clause
// A policy as its file writes it: the senders, and what holds for all of them (spec 5).
// Internal to policy/store/.
#pragma once

#include <vector>

#include "policy/store/read_platforms.h"
#include "policy/store/read_senders.h"
#include "policy/store/reader.h"

namespace store {

struct Draft {
  Platforms platforms;
  std::vector<Placed<PlatformNetwork>> platform_networks;  // of the policy file's own
  std::vector<policy::Tenant> blocked;
  policy::Mode unknown_senders = policy::Mode::enforce;
  CommonDraft defaults;
  std::vector<SenderDraft> senders;
};

// All but the senders, over the platforms that are known.
Draft read_common_part(Reader& reader, const Node& root, Platforms known);

// The senders of a policy, or of a part of it.
std::vector<SenderDraft> read_senders(Reader& reader, const Node& root, const Platforms& platforms);

}  // namespace store
