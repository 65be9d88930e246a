// SPDX-License-Identifier: BSD-2-Clause
// The reading half of record.h: a logged decision back to its evidence.
#include <algorithm>
#include <array>
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

// Records of 0.1 before these members have none of them.
std::size_t size_of(const Json& json) { return static_cast<std::size_t>(json.number()); }

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
    evidence.recipient_count = size_of(json.at("recipient_count"));
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
    evidence.signature_count = size_of(json.at("signature_count"));
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
    signature.digest = json.at("digest").text();
    const std::string_view result = json.at("result").text();
    signature.verified = result == "pass";
    signature.state = signature.verified || result == "fail"
                          ? policy::Known::known
                          : word<policy::Known>(result, policy::known_names);
    const std::string_view fault = json.at("fault").text();
    signature.fault = fault.empty()
                          ? policy::SignatureFault::none
                          : word<policy::SignatureFault>(fault, policy::signature_fault_names);
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
    spf.cause = json.at("cause").text();
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

namespace {

// So many digits at a place; nothing where one is none.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  if (text.size() < at + count) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(at, count)) {
    if (!util::is_digit(c)) return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

// "Z", or "+HH:MM": seconds to be taken off.
std::optional<std::int64_t> offset(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  const auto hours = digits(text, 1, 2);
  const auto minutes = digits(text, 4, 2);
  const bool is_offset = text.size() == 6 && (text[0] == '+' || text[0] == '-') && text[3] == ':';
  if (!is_offset || !hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const std::int64_t seconds = *hours * 3600 + *minutes * 60;
  return text[0] == '+' ? seconds : -seconds;
}

}  // namespace

// 2026-11-23T10:20:30Z, or with an offset for Z (RFC 3339 5.6).
std::optional<std::int64_t> from_rfc3339(std::string_view text) {
  constexpr std::size_t length = 19;  // to the seconds
  const std::array<std::optional<int>, 6> parts{digits(text, 0, 4),  digits(text, 5, 2),
                                                digits(text, 8, 2),  digits(text, 11, 2),
                                                digits(text, 14, 2), digits(text, 17, 2)};
  if (!std::all_of(parts.begin(), parts.end(), [](const auto& part) { return part; }))
    return std::nullopt;
  const bool has_signs =
      text[4] == '-' && text[7] == '-' && text[10] == 'T' && text[13] == ':' && text[16] == ':';
  const auto shift = offset(text.substr(length));
  if (!has_signs || !shift) return std::nullopt;
  std::tm utc{};
  utc.tm_year = *parts[0] - 1900;
  utc.tm_mon = *parts[1] - 1;
  utc.tm_mday = *parts[2];
  utc.tm_hour = *parts[3];
  utc.tm_min = *parts[4];
  utc.tm_sec = *parts[5];
  const std::tm written = utc;
  const std::time_t seconds = timegm(&utc);
  // 31 November became 1 December; a leap second the next minute, which it is allowed to.
  const bool is_real = utc.tm_mon == written.tm_mon && utc.tm_mday == written.tm_mday;
  const bool is_leap = written.tm_sec == 60;
  if ((!is_real && !is_leap) || written.tm_mon > 11 || written.tm_hour > 23 ||
      written.tm_min > 59 || written.tm_sec > 60)
    return std::nullopt;
  return seconds - *shift;
}

}  // namespace evidence
