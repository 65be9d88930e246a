// SPDX-License-Identifier: BSD-2-Clause
// The reading half of record.h: a logged decision back to its evidence.
#include <ctime>

#include "milter/evidence/record.h"
#include "util/text.h"

namespace evidence {

namespace {

using policy::named;
using util::Json;

policy::Identity identity_of(const Json& json) {
  return {json.at("domain").text(), json.at("organisation").text()};
}

std::vector<policy::Identity> identities_of(const Json& json) {
  std::vector<policy::Identity> all;
  for (const Json& element : json.elements()) all.push_back(identity_of(element));
  return all;
}

std::optional<policy::TenantField> tenant_of(const Json& json) {
  for (const policy::TenantSourceInfo& row : policy::tenant_sources) {
    if (row.name != json.at("source").text()) continue;
    return policy::TenantField{.source = row.source,
                               .count = static_cast<unsigned>(json.at("count").number()),
                               .malformed = json.at("malformed").truth(),
                               .contradictory = json.at("contradictory").truth(),
                               .value = json.at("value").text(),
                               .seen = json.at("seen").text()};
  }
  return std::nullopt;
}

policy::ConnectingTenant connecting_of(const Json& json) {
  policy::ConnectingTenant connecting;
  connecting.count = static_cast<unsigned>(json.at("count").number());
  connecting.malformed = json.at("malformed").truth();
  connecting.contradictory = json.at("contradictory").truth();
  connecting.guid = json.at("tenant").text();
  connecting.ip = policy::Address::parse(json.at("ip").text());
  connecting.seen = json.at("seen").text();
  return connecting;
}

std::optional<std::int64_t> time_of(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional(json.number());
}

policy::Signature signature_of(const Json& json) {
  policy::Signature signature;
  signature.domain = {json.at("d").text(), json.at("organisation").text()};
  signature.selector = json.at("s").text();
  const std::string result = json.at("result").text();
  signature.state =
      named<policy::Known>(result, policy::known_names).value_or(policy::Known::known);
  signature.verified = result == "pass";
  signature.algorithm =
      named<policy::SignatureAlgorithm>(json.at("algorithm").text(), policy::algorithm_names)
          .value_or(policy::SignatureAlgorithm::unknown);
  signature.key_bits = static_cast<unsigned>(json.at("key_bits").number());
  signature.test_key = json.at("test_key").truth();
  signature.signs_from = json.at("signs_from").truth();
  signature.signs_every_from = json.at("signs_every_from").truth();
  signature.body_limit = json.at("body_limit").truth();
  signature.covers_replayable = json.at("covers_replayable").truth();
  signature.signed_at = time_of(json.at("t"));
  signature.expires_at = time_of(json.at("x"));
  signature.secure = json.at("secure").truth();
  return signature;
}

policy::Spf spf_of(const Json& json) {
  policy::Spf spf;
  const std::string result = json.at("result").text();
  spf.state = named<policy::Known>(result, policy::known_names).value_or(policy::Known::known);
  spf.result =
      named<policy::SpfResult>(result, policy::spf_result_names).value_or(policy::SpfResult::none);
  spf.domain = json.at("domain").text();
  spf.secure = json.at("secure").truth();
  return spf;
}

void read_origin_members(const Json& json, policy::Evidence& evidence) {
  evidence.fault = named<policy::Fault>(json.at("fault").text(), policy::fault_names)
                       .value_or(policy::Fault::internal);
  evidence.mta_version = json.at("mta").text();
  evidence.daemon_name = json.at("daemon_name").text();
  evidence.client = policy::Address::parse(json.at("client").text());
  evidence.client_name = json.at("client_name").text();
  evidence.helo = json.at("helo").text();
  evidence.login = json.at("login").text();
  evidence.certificate = json.at("certificate").text();
  evidence.null_sender = json.at("null_sender").truth();
  if (!json.at("envelope").is_null()) evidence.envelope = identity_of(json.at("envelope"));
  evidence.envelope_srs = json.at("envelope_srs").truth();
  for (const Json& to : json.at("recipients").elements())
    evidence.recipients.push_back({to.at("domain").text(), to.at("mailer").text()});
}

void read_message_members(const Json& json, policy::Evidence& evidence) {
  evidence.author_valid = json.at("author_valid").truth();
  evidence.author_fault = json.at("author_fault").text();
  evidence.authors = identities_of(json.at("authors"));
  evidence.other_identities = identities_of(json.at("other_identities"));
  for (const Json& name : json.at("resent_from").elements())
    evidence.resent_from.push_back(name.text());
  evidence.sender_domain = json.at("sender").text();
  evidence.system_mail = json.at("system_mail").truth();
  for (const Json& field : json.at("tenants").elements()) {
    if (auto tenant = tenant_of(field)) evidence.tenant_fields.push_back(std::move(*tenant));
  }
  if (!json.at("connecting").is_null()) evidence.connecting = connecting_of(json.at("connecting"));
  evidence.entity.value = json.at("entity").at("value").text();
  evidence.entity.count = static_cast<unsigned>(json.at("entity").at("count").number());
  evidence.auth_as = json.at("auth_as").text();
  evidence.spf = spf_of(json.at("spf"));
  for (const Json& signature : json.at("signatures").elements())
    evidence.signatures.push_back(signature_of(signature));
}

}  // namespace

std::optional<policy::Evidence> evidence_of(const Json& record) {
  const auto time = from_rfc3339(record.at("time").text());
  const Json json = record.at("evidence");
  if (record.at("schema").number() != record_schema || !time || json.is_null()) return std::nullopt;
  policy::Evidence evidence;
  evidence.time = *time;
  evidence.policy_revision = record.at("policy").text();
  read_origin_members(json, evidence);
  read_message_members(json, evidence);
  return evidence;
}

std::optional<std::int64_t> from_rfc3339(std::string_view text) {
  // 2026-11-23T10:20:30Z, or with an offset for Z (RFC 3339 5.6).
  const std::string c_text(text);
  std::tm utc{};
  const char* rest = strptime(c_text.c_str(), "%Y-%m-%dT%H:%M:%S", &utc);
  if (rest == nullptr) return std::nullopt;
  const std::time_t local = timegm(&utc);
  if (std::string_view(rest) == "Z" || std::string_view(rest) == "z") return local;
  std::tm offset{};
  if (*rest != '+' && *rest != '-') return std::nullopt;
  const char* end = strptime(rest + 1, "%H:%M", &offset);
  if (end == nullptr || *end != '\0') return std::nullopt;
  const std::int64_t seconds = offset.tm_hour * 3600 + offset.tm_min * 60;
  return *rest == '+' ? local - seconds : local + seconds;
}

}  // namespace evidence
