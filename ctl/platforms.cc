// SPDX-License-Identifier: BSD-2-Clause
// tenantctl platforms: the platform data in force, where it stands, and what it would be
// today.
#include <cstdio>
#include <ctime>

#include "ctl/command.h"
#include "ctl/dns_source.h"
#include "ctl/platform_refresh.h"
#include "ctl/table.h"
#include "milter/evidence/record.h"
#include "util/format.h"
#include "util/json.h"

namespace ctl {

namespace {

using store::ListedPlatform;
using store::PlatformList;
using store::PlatformOrigin;
using util::format;
using util::Json;
using util::json_list;

constexpr util::Flag flags[] = {
    {0, "refresh", "", false,
     "Print platforms.toml as the platforms' own SPF records would have it today; how that "
     "differs is said on standard error."},
    dns_from_flag,
    json_flag,
};

std::string date_of(const ListedPlatform& listed, const PlatformList& list) {
  return listed.origin == PlatformOrigin::policy ? "" : list.date;
}

// A row for each network: the first one has the rest.
void add_rows(const ListedPlatform& listed, const PlatformList& list, Table& table) {
  const policy::Platform& platform = listed.platform;
  const std::string date = date_of(listed, list);
  std::vector<std::string> row{
      platform.name, std::string(policy::name_of(platform.kind, policy::platform_kind_names)),
      platform.dkim_suffix.empty() ? "-" : platform.dkim_suffix,
      std::string(policy::name_of(listed.origin, store::platform_origin_names)) +
          (date.empty() ? "" : " " + date),
      "-"};
  if (platform.networks.empty()) table.add(row);
  for (const policy::Network& network : platform.networks) {
    row.back() = network.to_string();
    table.add(row);
    row.assign(row.size(), "");
  }
}

std::string lines_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += "  " + line + "\n";
  return text;
}

Json to_json(const ListedPlatform& listed, const PlatformList& list) {
  const policy::Platform& platform = listed.platform;
  return Json::object()
      .set("name", platform.name)
      .set("kind", policy::name_of(platform.kind, policy::platform_kind_names))
      .set("networks",
           json_list(platform.networks, [](const auto& one) { return Json(one.to_string()); }))
      .set("tenant_dkim_suffix", platform.dkim_suffix)
      .set("tenant_header", platform.tenant_header)
      .set("client_certificate", platform.client_certificate)
      .set("spf", json_list(platform.spf))
      .set("origin", policy::name_of(listed.origin, store::platform_origin_names))
      .set("date", date_of(listed, list));
}

Json to_json(const PlatformList& list, const std::vector<std::string>& changes) {
  return Json::object()
      .set("file", list.file)
      .set("date", list.date)
      .set("platforms",
           json_list(list.platforms, [&](const auto& one) { return to_json(one, list); }))
      .set("differences", json_list(changes));
}

int report(const PlatformList& list) {
  for (const store::Finding& finding : list.findings)
    std::fprintf(stderr, "%s\n", finding.to_string().c_str());
  return list.exit_code;
}

int say(const std::string& text) { return std::fputs(text.c_str(), stdout) < 0; }

int print_list(const PlatformList& list, bool as_json) {
  const PlatformList built_in = store::built_in_platform_list();
  const PlatformList data = store::platform_data_list();
  const auto changes = differences(built_in.platforms, data.platforms);
  if (as_json) return say(to_json(list, changes).pretty() + "\n");
  Table table({{"PLATFORM"}, {"KIND"}, {"SUFFIX"}, {"FROM"}, {"NETWORKS"}});
  for (const ListedPlatform& one : list.platforms) add_rows(one, list, table);
  std::string text = table.text(has_colour(stdout));
  if (data.file != built_in.file) {
    text += format("\n{}, of {}, {}", data.file, data.date,
                   changes.empty() ? "is what is built in" : "differs from what is built in");
    text += format(", of {}{}\n{}", built_in.date, changes.empty() ? "" : ":", lines_of(changes));
  }
  return say(text);
}

int print_refreshed(const util::Arguments& arguments, const evidence::Settings& settings) {
  const PlatformList list = store::platform_data_list();
  if (!list.findings.empty()) return report(list);
  const auto resolver = resolver_for(arguments, settings);
  if (!resolver) return failed(resolver.error());
  const auto result =
      refreshed(list, evidence::date_of(std::time(nullptr)), **resolver, settings.dns_budget);
  if (!result) return failed(result.error());
  const auto changes = differences(list.platforms, result->platforms);
  if (arguments.has("json")) return say(to_json(*result, changes).pretty() + "\n");
  std::fprintf(stderr, "%s, of %s, %s\n%s", list.file.c_str(), list.date.c_str(),
               changes.empty() ? "is what the platforms publish today"
                               : "differs from what the platforms publish today:",
               lines_of(changes).c_str());
  return say(result->text);
}

int platforms(const util::Arguments& arguments) {
  const auto settings = daemon_settings(arguments);
  if (!settings) return failed(settings.error());
  if (arguments.has("refresh")) return print_refreshed(arguments, *settings);
  const PlatformList list = store::platforms_in_force(settings->policy);
  const int printed = print_list(list, arguments.has("json"));
  const int exit_code = report(list);
  return exit_code != 0 ? exit_code : printed;
}

}  // namespace

constexpr Command platforms_command{
    .name = "platforms",
    .operands = {"", 0, 0},
    .required_flags = "",
    .flags = flags,
    .help = "List the shared platforms that are known, and from where.",
    .manual =
        "The data is that of the installed platforms.toml, else what is built in; a policy can "
        "change it. Where the installed file differs from what is built in, that is said. With "
        "--refresh nothing is written: exit 75, and nothing printed, where DNS gave no answer.",
    .example = "tenantctl platforms",
    .run = platforms,
};

}  // namespace ctl
