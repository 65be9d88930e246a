// SPDX-License-Identifier: BSD-2-Clause
// The dated file of platforms (spec 4): the installed one where it is there, else the one
// that was compiled in. Internal to policy/store/.
#pragma once

#include "policy/store/read_platforms.h"

namespace store {

struct PlatformData {
  std::string file;
  std::string text;
  std::string fault;  // why the file can't be read
};

PlatformData built_in_platform_data();
PlatformData platform_data();

Platforms read_platforms(const PlatformData& data, std::vector<Finding>& findings);

}  // namespace store
