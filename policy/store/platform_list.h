// SPDX-License-Identifier: BSD-2-Clause
// Platforms for people: those of the platform data and those in force, each with where it
// stands. Values; reads files.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "policy/platform.h"
#include "policy/store/store.h"

namespace store {

// Where it is that a platform is described, the last of these that does.
enum class PlatformOrigin { built_in, installed, policy };
inline constexpr std::array<std::string_view, 3> platform_origin_names{"built in", "installed",
                                                                       "policy"};

struct ListedPlatform {
  policy::Platform platform;
  PlatformOrigin origin = PlatformOrigin::built_in;
};

struct PlatformList {
  std::vector<ListedPlatform> platforms;  // by name
  std::string file;                       // the platform data
  std::string text;                       // what it says
  std::string date;                       // when it was last compared with its source
  std::vector<Finding> findings;          // errors; then the platforms may be incomplete
  int exit_code = 0;                      // 0, or what they end a program with
};

// What was compiled in.
PlatformList built_in_platform_list();
// The installed file, with the built-in `spf` where it has none; what was compiled in where
// there is no such file.
PlatformList platform_data_list();
// What text of such a file describes.
PlatformList platform_text_list(std::string_view text, const std::string& file);
// The platform data with what this policy changes and adds. A policy that is not there or
// has errors is a finding, and changes nothing.
PlatformList platforms_in_force(const std::string& policy);

}  // namespace store
