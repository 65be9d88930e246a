// SPDX-License-Identifier: BSD-2-Clause
// The platforms of platforms.toml, and what a policy file changes of them or adds
// (spec 4, 5). Internal to policy/store/.
#pragma once

#include "policy/store/reader.h"

namespace store {

// platforms.toml as it was compiled in.
extern const std::string_view built_in_platforms;

// Reads platforms.toml.
Platforms read_platform_data(Reader& reader, const Node& root);

struct PlatformNetwork {
  std::string platform;
  policy::Network network;
};

// Reads [platform.NAME] of a policy file over what is known; gives the networks that
// were written.
std::vector<Placed<PlatformNetwork>> change_platforms(Reader& reader, const Node& table,
                                                      Platforms& platforms);

}  // namespace store
