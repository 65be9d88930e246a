// SPDX-License-Identifier: BSD-2-Clause
// tenantctl indicators: tenants that were refused, and the servers behind them, to be shared
// with other relays. Nothing of who was posed as, or written to, is in it.
#include <cstdio>
#include <ctime>
#include <map>

#include "ctl/command.h"
#include "ctl/decisions.h"
#include "milter/evidence/record.h"
#include "policy/reasons.h"
#include "util/digest.h"
#include "util/format.h"
#include "util/json.h"
#include "util/text.h"

namespace ctl {

namespace {

using policy::Reason;
using util::format;

// One thing to look for.
struct Indicator {
  std::string kind;  // "tenant-name", "tenant-id", "address"
  std::string value;
  auto operator<=>(const Indicator&) const = default;
};

struct Sightings {
  std::uint64_t messages = 0;
  std::int64_t first = 0;
  std::int64_t last = 0;
};

// A refusal that says something of the tenant: that it is not the sender's, or is blocked.
bool is_of_tenant(Reason reason) {
  return reason == Reason::tenant_denied || reason == Reason::tenant_blocked;
}

std::vector<Indicator> indicators_in(const policy::Evidence& evidence, Reason reason) {
  std::vector<Indicator> found;
  if (is_of_tenant(reason)) {
    for (const policy::TenantField& field : evidence.tenant_fields) {
      if (field.value.empty()) continue;
      const bool is_name = field.source == policy::TenantSource::originator_org;
      found.push_back({is_name ? "tenant-name" : "tenant-id", util::shown(field.value, 255)});
    }
  }
  // What only passed through names a tenant that may be the sender's own; its server is the
  // one that handed the message in.
  const bool is_handed_in = is_of_tenant(reason) || reason == Reason::tenant_transit;
  if (is_handed_in && evidence.connecting.ip)
    found.push_back({"address", evidence.connecting.ip->to_string()});
  return found;
}

using Found = std::map<Indicator, Sightings>;

void note(const util::JsonValue& record, const policy::Evidence& evidence, Found& found) {
  const auto reason = policy::reason_named(record.at("reason").text());
  if (!reason || record.at("verdict").text() != "reject") return;
  for (const Indicator& indicator : indicators_in(evidence, *reason)) {
    Sightings& sightings = found[indicator];
    sightings.first =
        sightings.messages == 0 ? evidence.time : std::min(sightings.first, evidence.time);
    sightings.last = std::max(sightings.last, evidence.time);
    ++sightings.messages;
  }
}

std::string list_of(const Found& found) {
  std::string text;
  for (const auto& [indicator, _] : found) text += indicator.value + "\n";
  return text;
}

// RFC 4180; no value has a comma, a quote or a line end in it unless a header had.
std::string csv_field(const std::string& value) {
  if (value.find_first_of(",\"") == std::string::npos) return value;
  std::string quoted = "\"";
  for (const char c : value) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string csv_of(const Found& found) {
  std::string text = "kind,value,messages,first,last\r\n";
  for (const auto& [indicator, seen] : found)
    text += format("{},{},{},{},{}\r\n", indicator.kind, csv_field(indicator.value), seen.messages,
                   evidence::rfc3339(seen.first), evidence::rfc3339(seen.last));
  return text;
}

// A UUID (RFC 9562 5.8) that is the same for the same text.
std::string uuid_of(const std::string& text) {
  std::string hex = util::short_digest(text) + util::short_digest(text + "\n");
  hex[12] = '8';
  hex[16] = 'a';
  return format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                hex.substr(16, 4), hex.substr(20, 12));
}

// STIX 2.1 patterns: strings stand in single quotes, where ' and \ are escaped.
std::string pattern_of(const Indicator& indicator) {
  std::string value;
  for (const char c : indicator.value) {
    if (c == '\'' || c == '\\') value += '\\';
    value += c;
  }
  if (indicator.kind == "address")
    return format("[{}:value = '{}']",
                  value.find(':') == std::string::npos ? "ipv4-addr" : "ipv6-addr", value);
  return format(
      "[email-message:additional_header_fields.'{}' = '{}']",
      indicator.kind == "tenant-name" ? "X-OriginatorOrg" : "X-MS-Exchange-CrossTenant-Id", value);
}

util::Json stix_object(const Indicator& indicator, const Sightings& seen) {
  const std::string pattern = pattern_of(indicator);
  const std::string first = evidence::rfc3339(seen.first);
  return util::Json::object()
      .set("type", "indicator")
      .set("spec_version", "2.1")
      .set("id", "indicator--" + uuid_of(pattern))
      .set("created", first)
      .set("modified", evidence::rfc3339(seen.last))
      .set("name", indicator.kind + " " + indicator.value)
      .set("description",
           format("Sent {} that claimed to be from organisations whose it is not.",
                  seen.messages == 1 ? "a message" : format("{} messages", seen.messages)))
      .set("indicator_types", util::json_list(std::vector<std::string>{"malicious-activity"}))
      .set("pattern", pattern)
      .set("pattern_type", "stix")
      .set("valid_from", first);
}

std::string stix_of(const Found& found) {
  std::string ids;
  for (const auto& [indicator, _] : found) ids += pattern_of(indicator) + "\n";
  const util::Json objects =
      util::json_list(found, [](const auto& one) { return stix_object(one.first, one.second); });
  return util::Json::object()
             .set("type", "bundle")
             .set("id", "bundle--" + uuid_of(ids))
             .set("objects", objects)
             .pretty() +
         "\n";
}

int indicators(const util::Arguments& arguments) {
  const std::string form = arguments.value("format", "list");
  if (form != "list" && form != "csv" && form != "stix")
    return failed({format("--format: found \"{}\", expected stix, csv or list", util::shown(form)),
                   exit_usage});
  const auto files = decision_files(arguments, 0);
  if (!files) return failed(files.error());
  Found found;
  const auto counts =
      read_decisions(*files, [&](const util::JsonValue& record, const policy::Evidence& evidence) {
        note(record, evidence, found);
      });
  if (!counts) return failed(counts.error());
  const std::string text = form == "csv"    ? csv_of(found)
                           : form == "stix" ? stix_of(found)
                                            : list_of(found);
  return std::fputs(text.c_str(), stdout) < 0;
}

constexpr util::Flag flags[] = {
    {0, "format", "stix|csv|list", false, "How they are printed. Default: list."},
};

}  // namespace

constexpr Command indicators_command{
    .name = "indicators",
    .operands = {"[FILE...]", 0},
    .required_flags = "",
    .flags = flags,
    .help = "Print refused tenants and the servers behind them, to be shared.",
    .manual =
        "Of messages that were or would have been refused as tenant-denied or tenant-blocked the "
        "tenant's name and GUID, and of those and of tenant-transit the address that handed the "
        "message to the platform. Not whom they posed as, nor to whom they wrote. Read it before "
        "you share it: a sender's own tenant that is not configured yet is refused too. FILE is a "
        "decision log as for simulate; STIX is version 2.1.",
    .example = "tenantctl indicators --format csv /var/log/tenant-milter/decisions.json",
    .run = indicators,
};

}  // namespace ctl
