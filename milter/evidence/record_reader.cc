// SPDX-License-Identifier: BSD-2-Clause
// The reading half of record.h: a logged decision back to its evidence.
#include <algorithm>
#include <ctime>

#include "milter/evidence/record.h"
#include "util/text.h"

namespace evidence {

namespace {

using Json = util::JsonValue;

std::string text_of(const Json& json) { return std::string(json.text()); }

policy::Identity identity_of(const Json& json) {
  return {text_of(json.at("domain")), text_of(json.at("organisation"))};
}

std::vector<policy::Identity> identities_of(const Json& json) {
  std::vector<policy::Identity> all;
  for (const Json& element : json.elements()) all.push_back(identity_of(element));
  return all;
}

unsigned count_of(const Json& json) { return static_cast<unsigned>(json.number()); }

std::optional<std::int64_t> time_of(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional(json.number());
}

// Members are asked for in the order in which they are written (json_reader.h).
// A value that no vocabulary has makes the whole record unreadable: read as another, it
// could be judged otherwise.
class RecordReader {
 public:
  bool is_good() const { return is_good_; }

  void origin(const Json& json, policy::Evidence& evidence) {
    evidence.fault = word<policy::Fault>(json.at("fault").text(), policy::fault_names);
    evidence.mta_version = json.at("mta").text();
    evidence.daemon_name = json.at("daemon_name").text();
    evidence.client = address(json.at("client"));
    evidence.client_name = json.at("client_name").text();
    evidence.helo = json.at("helo").text();
    evidence.login = json.at("login").text();
    evidence.certificate = json.at("certificate").text();
    evidence.null_sender = json.at("null_sender").truth();
    if (!json.at("envelope").is_null()) evidence.envelope = identity_of(json.at("envelope"));
    evidence.envelope_srs = json.at("envelope_srs").truth();
    for (const Json& to : json.at("recipients").elements())
      evidence.recipients.push_back({text_of(to.at("domain")), text_of(to.at("mailer"))});
  }

  void message(const Json& json, policy::Evidence& evidence) {
    evidence.author_valid = json.at("author_valid").truth();
    evidence.author_fault = json.at("author_fault").text();
    evidence.authors = identities_of(json.at("authors"));
    evidence.other_identities = identities_of(json.at("other_identities"));
    for (const Json& name : json.at("resent_from").elements())
      evidence.resent_from.push_back(text_of(name));
    evidence.sender_domain = json.at("sender").text();
    evidence.system_mail = json.at("system_mail").truth();
    for (const Json& field : json.at("tenants").elements())
      evidence.tenant_fields.push_back(tenant(field));
    if (!json.at("connecting").is_null()) evidence.connecting = connecting(json.at("connecting"));
    evidence.entity.value = json.at("entity").at("value").text();
    evidence.entity.count = count_of(json.at("entity").at("count"));
    evidence.auth_as = json.at("auth_as").text();
    evidence.spf = spf(json.at("spf"));
    for (const Json& one : json.at("signatures").elements())
      evidence.signatures.push_back(signature(one));
  }

 private:
  template <class Enum, std::size_t N>
  Enum word(std::string_view text, const std::array<std::string_view, N>& names) {
    const auto value = policy::named<Enum>(text, names);
    is_good_ = is_good_ && value;
    return value.value_or(Enum{});
  }

  std::optional<policy::Address> address(const Json& json) {
    if (json.text().empty()) return std::nullopt;
    auto parsed = policy::Address::parse(json.text());
    is_good_ = is_good_ && parsed;
    return parsed;
  }

  policy::TenantField tenant(const Json& json) {
    policy::TenantField field{.source = policy::TenantSource::dkim};
    const std::string_view source = json.at("source").text();
    const auto row =
        std::find_if(policy::tenant_sources.begin(), policy::tenant_sources.end(),
                     [&](const policy::TenantSourceInfo& one) { return one.name == source; });
    is_good_ = is_good_ && row != policy::tenant_sources.end();
    if (is_good_) field.source = row->source;
    field.value = json.at("value").text();
    field.count = count_of(json.at("count"));
    field.malformed = json.at("malformed").truth();
    field.contradictory = json.at("contradictory").truth();
    field.seen = json.at("seen").text();
    return field;
  }

  policy::ConnectingTenant connecting(const Json& json) {
    policy::ConnectingTenant connecting;
    connecting.count = count_of(json.at("count"));
    connecting.malformed = json.at("malformed").truth();
    connecting.contradictory = json.at("contradictory").truth();
    connecting.guid = json.at("tenant").text();
    connecting.ip = address(json.at("ip"));
    connecting.seen = json.at("seen").text();
    return connecting;
  }

  policy::Signature signature(const Json& json) {
    policy::Signature signature;
    signature.domain = {text_of(json.at("d")), text_of(json.at("organisation"))};
    signature.selector = json.at("s").text();
    const std::string_view result = json.at("result").text();
    signature.verified = result == "pass";
    signature.state = signature.verified || result == "fail"
                          ? policy::Known::known
                          : word<policy::Known>(result, policy::known_names);
    signature.algorithm =
        word<policy::SignatureAlgorithm>(json.at("algorithm").text(), policy::algorithm_names);
    signature.key_bits = count_of(json.at("key_bits"));
    signature.test_key = json.at("test_key").truth();
    signature.signs_from = json.at("signs_from").truth();
    signature.signs_every_from = json.at("signs_every_from").truth();
    signature.body_limit = json.at("body_limit").truth();
    signature.covers_replayable = json.at("covers_replayable").truth();
    signature.signed_at = time_of(json.at("t"));
    signature.expires_at = time_of(json.at("x"));
    signature.secure = json.at("secure").truth();
    signature.for_log = json.at("for_log").truth();
    return signature;
  }

  // A state where it is not known, else a result.
  policy::Spf spf(const Json& json) {
    policy::Spf spf;
    const std::string_view result = json.at("result").text();
    const auto state = policy::named<policy::Known>(result, policy::known_names);
    spf.state = state.value_or(policy::Known::known);
    if (spf.state == policy::Known::unavailable) spf.result = policy::SpfResult::temperror;
    if (!state) spf.result = word<policy::SpfResult>(result, policy::spf_result_names);
    spf.domain = json.at("domain").text();
    spf.secure = json.at("secure").truth();
    return spf;
  }

  bool is_good_ = true;
};

}  // namespace

std::optional<policy::Evidence> evidence_of(const Json& record) {
  const bool is_of_schema = record.at("schema").number() == record_schema;
  const auto time = from_rfc3339(record.at("time").text());
  if (!is_of_schema || !time) return std::nullopt;
  policy::Evidence evidence;
  evidence.time = *time;
  evidence.policy_revision = record.at("policy").text();
  const Json json = record.at("evidence");
  if (!json.is_object()) return std::nullopt;
  RecordReader reader;
  reader.origin(json, evidence);
  reader.message(json, evidence);
  if (!reader.is_good()) return std::nullopt;
  return evidence;
}

std::optional<std::int64_t> from_rfc3339(std::string_view text) {
  // 2026-11-23T10:20:30Z, or with an offset for Z (RFC 3339 5.6).
  const std::string c_text(text);
  std::tm utc{};
  const char* rest = strptime(c_text.c_str(), "%Y-%m-%dT%H:%M:%S", &utc);
  constexpr std::ptrdiff_t length = 19;  // every digit is there, and no space
  if (rest == nullptr || rest - c_text.c_str() != length || !util::is_digit(c_text[0]))
    return std::nullopt;
  const int day = utc.tm_mday;
  const std::time_t local = timegm(&utc);
  if (utc.tm_mday != day) return std::nullopt;  // 31 November became 1 December
  if (std::string_view(rest) == "Z" || std::string_view(rest) == "z") return local;
  std::tm offset{};
  if (*rest != '+' && *rest != '-') return std::nullopt;
  const char* end = strptime(rest + 1, "%H:%M", &offset);
  if (end == nullptr || *end != '\0') return std::nullopt;
  const std::int64_t seconds = offset.tm_hour * 3600 + offset.tm_min * 60;
  return *rest == '+' ? local - seconds : local + seconds;
}

}  // namespace evidence
