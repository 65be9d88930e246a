// SPDX-License-Identifier: BSD-2-Clause
// The reading half of record.h: a logged decision back to its evidence.
#include <algorithm>
#include <ctime>

#include "milter/evidence/record.h"
#include "util/text.h"

namespace evidence {

namespace {

using Json = util::JsonValue;

void read(const Json& json, policy::Identity& identity) {
  identity.domain = json.at("domain").text();
  identity.organisation = json.at("organisation").text();
}

unsigned count_of(const Json& json) { return static_cast<unsigned>(json.number()); }

std::optional<std::int64_t> time_of(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional(json.number());
}

// The elements over those that are there.
template <class T, class Read>
void read_all(const Json& array, std::vector<T>& values, Read read_one) {
  const auto elements = array.elements();
  values.resize(elements.size());
  for (std::size_t i = 0; i < elements.size(); ++i) read_one(elements[i], values[i]);
}

void read_identities(const Json& array, std::vector<policy::Identity>& identities) {
  read_all(array, identities, read);
}

// Every member of the evidence is written, and each is asked for in the order in which it
// was logged (json_reader.h). A value that no vocabulary has makes the whole record
// unreadable: read as another, it could be judged otherwise.
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
    const Json envelope = json.at("envelope");
    if (envelope.is_null())
      evidence.envelope.reset();
    else
      read(envelope, evidence.envelope ? *evidence.envelope : evidence.envelope.emplace());
    evidence.envelope_srs = json.at("envelope_srs").truth();
    read_all(json.at("recipients"), evidence.recipients, [](const Json& one, auto& recipient) {
      recipient.domain = one.at("domain").text();
      recipient.mailer = one.at("mailer").text();
    });
  }

  void message(const Json& json, policy::Evidence& evidence) {
    evidence.author_valid = json.at("author_valid").truth();
    evidence.author_fault = json.at("author_fault").text();
    read_identities(json.at("authors"), evidence.authors);
    read_identities(json.at("other_identities"), evidence.other_identities);
    read_all(json.at("resent_from"), evidence.resent_from,
             [](const Json& one, std::string& name) { name = one.text(); });
    evidence.sender_domain = json.at("sender").text();
    evidence.system_mail = json.at("system_mail").truth();
    read_all(json.at("tenants"), evidence.tenant_fields,
             [this](const Json& one, auto& field) { tenant(one, field); });
    connecting(json.at("connecting"), evidence.connecting);
    const Json entity = json.at("entity");
    evidence.entity.value = entity.at("value").text();
    evidence.entity.count = count_of(entity.at("count"));
    evidence.auth_as = json.at("auth_as").text();
    spf(json.at("spf"), evidence.spf);
    read_all(json.at("signatures"), evidence.signatures,
             [this](const Json& one, auto& read_one) { signature(one, read_one); });
  }

 private:
  template <class Enum, std::size_t N>
  Enum word(std::string_view text, const std::array<std::string_view, N>& names) {
    const auto value = policy::named<Enum>(text, names);
    is_good_ = is_good_ && value;
    return value.value_or(Enum{});
  }

  std::optional<policy::Address> address(const Json& json) {
    const std::string_view text = json.text();
    if (text.empty()) return std::nullopt;
    auto parsed = policy::Address::parse(text);
    is_good_ = is_good_ && parsed;
    return parsed;
  }

  void tenant(const Json& json, policy::TenantField& field) {
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
  }

  // Null, and so everything at its default, where the field was not there.
  void connecting(const Json& json, policy::ConnectingTenant& connecting) {
    connecting.guid = json.at("tenant").text();
    connecting.ip = address(json.at("ip"));
    connecting.count = count_of(json.at("count"));
    connecting.malformed = json.at("malformed").truth();
    connecting.contradictory = json.at("contradictory").truth();
    connecting.seen = json.at("seen").text();
  }

  void signature(const Json& json, policy::Signature& signature) {
    signature.domain.domain = json.at("d").text();
    signature.domain.organisation = json.at("organisation").text();
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
  }

  // A state where it is not known, else a result.
  void spf(const Json& json, policy::Spf& spf) {
    const std::string_view result = json.at("result").text();
    const auto state = policy::named<policy::Known>(result, policy::known_names);
    spf.state = state.value_or(policy::Known::known);
    spf.result = spf.state == policy::Known::unavailable ? policy::SpfResult::temperror
                                                         : policy::SpfResult::none;
    if (!state) spf.result = word<policy::SpfResult>(result, policy::spf_result_names);
    spf.domain = json.at("domain").text();
    spf.secure = json.at("secure").truth();
  }

  bool is_good_ = true;
};

}  // namespace

bool read_evidence(const Json& record, policy::Evidence& evidence) {
  const bool is_of_schema = record.at("schema").number() == record_schema;
  const auto time = from_rfc3339(record.at("time").text());
  if (!is_of_schema || !time) return false;
  evidence.time = *time;
  evidence.policy_revision = record.at("policy").text();
  const Json json = record.at("evidence");
  if (!json.is_object()) return false;
  RecordReader reader;
  reader.origin(json, evidence);
  reader.message(json, evidence);
  return reader.is_good();
}

std::optional<policy::Evidence> evidence_of(const Json& record) {
  policy::Evidence evidence;
  if (!read_evidence(record, evidence)) return std::nullopt;
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
