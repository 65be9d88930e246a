// SPDX-License-Identifier: BSD-2-Clause
#include "policy/store/platform_data.h"

#include <sys/stat.h>

#include "util/file.h"

namespace store {

namespace {

constexpr const char* installed_platforms = "/usr/share/tenant-milter/platforms.toml";

}  // namespace

PlatformData built_in_platform_data() {
  return {.file = "platforms.toml", .text = std::string(built_in_platforms), .fault = {}};
}

PlatformData platform_data() {
  struct stat there {};
  PlatformData data{.file = installed_platforms, .text = {}, .fault = {}};
  if (::stat(data.file.c_str(), &there) != 0) return built_in_platform_data();
  auto text = util::read_file(data.file);
  if (text)
    data.text = std::move(*text);
  else
    data.fault = text.error().text;
  return data;
}

Platforms read_platforms(const PlatformData& data, std::vector<Finding>& findings) {
  Reader reader(data.file);
  Platforms platforms;
  if (!data.fault.empty()) {
    reader.error({}, data.fault, "a readable file");
  } else if (const Document document = parse_toml(data.text); document.root) {
    platforms = read_platform_data(reader, *document.root);
  } else {
    reader.error(document.problem_at, document.problem, "TOML 1.0");
  }
  findings = reader.take_findings();
  return platforms;
}

}  // namespace store
