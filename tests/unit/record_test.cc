// SPDX-License-Identifier: BSD-2-Clause
// milter/evidence/record: a record read back gives the same evidence, for every
// combination of states; what is no record of this schema is refused (spec 10).
#include "milter/evidence/record.h"

#include <catch2/catch.hpp>
#include <set>

#include "milter/evidence/record_fields.h"

using policy::Evidence;
using policy::Identity;
using policy::Known;
using policy::Signature;
using policy::SpfResult;
using util::JsonReader;
using util::JsonValue;

namespace {

Evidence full() {
  Evidence e;
  e.time = 1795521600;
  e.policy_revision = "0123456789abcdef";
  e.mta_version = "Postfix 3.7.11";
  e.daemon_name = "outbound";
  e.client = policy::Address::parse("2001:db8::1");
  e.client_name = "out.example";
  e.helo = "helo.example";
  e.login = "contoso-app";
  e.certificate = "out.acme.example";
  e.envelope = Identity{"mail.contoso.com", "contoso.com"};
  e.envelope_srs = true;
  e.recipients = {{"one.example", "smtp"}, {"", ""}};
  e.author_valid = true;
  e.authors = {{"contoso.com", "contoso.com"}, {"co.uk", ""}};
  e.other_identities = {{"send.example", "send.example"}, {"again.example", "again.example"}};
  e.resent_from = {"again.example"};
  e.sender_domain = "send.example";
  e.system_mail = true;
  for (const auto& source : policy::tenant_sources) {
    policy::TenantField field{.source = source.source};
    field.count = 2;
    field.contradictory = true;
    field.value = "value";
    field.seen = "seen";
    e.tenant_fields.push_back(field);
  }
  e.connecting = {3,
                  false,
                  true,
                  "9f2c1e7a-3b54-4d6e-8f10-2a7b6c5d4e3f",
                  policy::Address::parse("192.0.2.1"),
                  "TenantId=..."};
  e.entity = {2, "HybridOnPrem"};
  e.auth_as = "Internal";
  e.spf = {Known::known, SpfResult::pass, "mail.contoso.com", true};
  Signature s;
  s.domain = {"contoso.com", "contoso.com"};
  s.selector = "s1";
  s.algorithm = policy::SignatureAlgorithm::rsa_sha256;
  s.signs_from = s.signs_every_from = s.covers_replayable = true;
  s.signed_at = 1795521000;
  s.expires_at = 1795525200;
  s.state = Known::known;
  s.verified = true;
  s.key_bits = 2048;
  s.secure = true;
  e.signatures = {s, Signature{}};
  return e;
}

void same_field(const policy::TenantField& a, const policy::TenantField& b) {
  CHECK(a.source == b.source);
  CHECK(a.count == b.count);
  CHECK(a.malformed == b.malformed);
  CHECK(a.contradictory == b.contradictory);
  CHECK(a.value == b.value);
  CHECK(a.seen == b.seen);
}

void same_signature(const Signature& a, const Signature& b) {
  CHECK(a.domain == b.domain);
  CHECK(a.selector == b.selector);
  CHECK(a.algorithm == b.algorithm);
  CHECK(a.signs_from == b.signs_from);
  CHECK(a.signs_every_from == b.signs_every_from);
  CHECK(a.body_limit == b.body_limit);
  CHECK(a.covers_replayable == b.covers_replayable);
  CHECK(a.signed_at == b.signed_at);
  CHECK(a.expires_at == b.expires_at);
  CHECK(a.state == b.state);
  CHECK(a.verified == b.verified);
  CHECK(a.key_bits == b.key_bits);
  CHECK(a.test_key == b.test_key);
  CHECK(a.secure == b.secure);
}

void same_connection(const Evidence& a, const Evidence& b) {
  CHECK(a.time == b.time);
  CHECK(a.policy_revision == b.policy_revision);
  CHECK(a.fault == b.fault);
  CHECK(a.mta_version == b.mta_version);
  CHECK(a.daemon_name == b.daemon_name);
  CHECK(a.client == b.client);
  CHECK(a.client_name == b.client_name);
  CHECK(a.helo == b.helo);
  CHECK(a.login == b.login);
  CHECK(a.certificate == b.certificate);
  CHECK(a.null_sender == b.null_sender);
  CHECK(a.envelope == b.envelope);
  CHECK(a.envelope_srs == b.envelope_srs);
  REQUIRE(a.recipients.size() == b.recipients.size());
  for (std::size_t i = 0; i < a.recipients.size(); ++i) {
    CHECK(a.recipients[i].domain == b.recipients[i].domain);
    CHECK(a.recipients[i].mailer == b.recipients[i].mailer);
  }
}

void same_message(const Evidence& a, const Evidence& b) {
  CHECK(a.author_valid == b.author_valid);
  CHECK(a.author_fault == b.author_fault);
  CHECK(a.authors == b.authors);
  CHECK(a.other_identities == b.other_identities);
  CHECK(a.resent_from == b.resent_from);
  CHECK(a.sender_domain == b.sender_domain);
  CHECK(a.system_mail == b.system_mail);
  REQUIRE(a.tenant_fields.size() == b.tenant_fields.size());
  for (std::size_t i = 0; i < a.tenant_fields.size(); ++i)
    same_field(a.tenant_fields[i], b.tenant_fields[i]);
  CHECK(a.connecting.count == b.connecting.count);
  CHECK(a.connecting.malformed == b.connecting.malformed);
  CHECK(a.connecting.contradictory == b.connecting.contradictory);
  CHECK(a.connecting.guid == b.connecting.guid);
  CHECK(a.connecting.ip == b.connecting.ip);
  CHECK(a.connecting.seen == b.connecting.seen);
  CHECK(a.entity.count == b.entity.count);
  CHECK(a.entity.value == b.entity.value);
  CHECK(a.auth_as == b.auth_as);
  CHECK(a.spf.state == b.spf.state);
  CHECK(a.spf.result == b.spf.result);
  CHECK(a.spf.domain == b.spf.domain);
  CHECK(a.spf.secure == b.spf.secure);
  REQUIRE(a.signatures.size() == b.signatures.size());
  for (std::size_t i = 0; i < a.signatures.size(); ++i)
    same_signature(a.signatures[i], b.signatures[i]);
}

std::string line_of(const Evidence& evidence) { return evidence::to_record({}, evidence).line(); }

void comes_back(const Evidence& evidence) {
  const auto line = line_of(evidence);
  JsonReader record;
  REQUIRE(record.read(line));
  const auto read = evidence::evidence_of(record.root());
  REQUIRE(read);
  same_connection(evidence, *read);
  same_message(evidence, *read);
  CHECK(line_of(*read) == line);
}

// The line with one text in the place of another, read back.
bool reads(std::string line, std::string_view what, std::string_view with) {
  const auto at = line.find(what);
  REQUIRE(at != std::string::npos);
  JsonReader record;
  REQUIRE(record.read(line.replace(at, what.size(), with)));
  return evidence::evidence_of(record.root()).has_value();
}

}  // namespace

TEST_CASE("all of the evidence comes back, and an empty one") {
  comes_back(full());
  comes_back({});
}

TEST_CASE("every state of SPF comes back") {
  for (int state = 0; state < 4; ++state) {
    for (int result = 0; result < 7; ++result) {
      auto evidence = full();
      evidence.spf.state = static_cast<Known>(state);
      evidence.spf.result = static_cast<SpfResult>(result);
      // Only what is known has a result; a temperror is unavailable.
      const bool is_temperror = evidence.spf.result == SpfResult::temperror;
      if (is_temperror != (evidence.spf.state == Known::unavailable)) continue;
      if (evidence.spf.state > Known::unavailable && result > 0) continue;
      evidence.spf.secure = result % 2 == 0;
      CAPTURE(state, result);
      comes_back(evidence);
    }
  }
}

TEST_CASE("every state of a signature comes back") {
  for (int state = 0; state < 4; ++state)
    for (int algorithm = 0; algorithm < 4; ++algorithm)
      for (int bits = 0; bits < 128; ++bits) {
        if (state != 0 && (bits & 1) != 0) continue;  // verified, where it is known
        auto evidence = full();
        auto& s = evidence.signatures.front();
        s.state = static_cast<Known>(state);
        s.algorithm = static_cast<policy::SignatureAlgorithm>(algorithm);
        s.verified = (bits & 1) != 0;
        s.signs_from = (bits & 2) != 0;
        s.signs_every_from = (bits & 4) != 0;
        s.body_limit = (bits & 8) != 0;
        s.covers_replayable = (bits & 16) != 0;
        s.test_key = (bits & 32) != 0;
        s.secure = (bits & 64) != 0;
        if (bits % 3 == 0) s.signed_at.reset();
        if (bits % 5 == 0) s.expires_at = -1;
        CAPTURE(state, algorithm, bits);
        JsonReader record;
        REQUIRE(record.read(line_of(evidence)));
        const auto read = evidence::evidence_of(record.root());
        REQUIRE(read);
        same_signature(s, read->signatures.front());
      }
}

TEST_CASE("every fault, flag and tenant source comes back") {
  for (int fault = 0; fault < 5; ++fault)
    for (int bits = 0; bits < 32; ++bits) {
      auto evidence = full();
      evidence.fault = static_cast<policy::Fault>(fault);
      evidence.null_sender = (bits & 1) != 0;
      if (evidence.null_sender) evidence.envelope.reset();
      evidence.author_valid = (bits & 2) != 0;
      if (!evidence.author_valid) evidence.author_fault = "route in an address";
      evidence.system_mail = (bits & 4) != 0;
      for (auto& field : evidence.tenant_fields) {
        field.malformed = (bits & 8) != 0;
        field.contradictory = (bits & 16) != 0;
      }
      evidence.connecting.malformed = (bits & 8) != 0;
      if (evidence.connecting.malformed) evidence.connecting.ip.reset();
      if ((bits & 16) != 0) evidence.client.reset();
      CAPTURE(fault, bits);
      comes_back(evidence);
    }
}

TEST_CASE("hostile text stays in its place") {
  auto evidence = full();
  evidence.helo = "\"},{\"schema\":2\n\r\t\\";
  evidence.login = std::string("a\0b", 3);
  evidence.tenant_fields.front().seen = "\u00fc\u2028";
  const auto line = line_of(evidence);
  CHECK(line.find('\n') == std::string::npos);
  comes_back(evidence);
}

TEST_CASE("the decision stands in the record") {
  evidence::Decided decided;
  decided.queue_id = "4XyZ";
  decided.stage = "headers";
  decided.action = evidence::Action::reject;
  decided.verdict.decision = policy::Decision::reject;
  decided.verdict.reason = policy::Reason::tenant_denied;
  decided.verdict.code = policy::info(policy::Reason::tenant_denied).code;
  decided.verdict.identity = "contoso.com";
  decided.verdict.mode = policy::Mode::enforce;
  decided.verdict.senders = {"contoso", "fabrikam"};
  decided.verdict.checks[0] = policy::CheckState::pass;
  decided.verdict.checks[6] = policy::CheckState::fail;
  decided.verdict.checks[8] = policy::CheckState::pending;
  const auto line = evidence::to_record(decided, full()).line();
  JsonReader reader;
  REQUIRE(reader.read(line));
  const JsonValue& record = reader.root();
  CHECK(record.at("schema").number() == evidence::record_schema);
  CHECK(record.at("time").text() == "2026-11-24T12:00:00Z");
  CHECK(record.at("policy").text() == "0123456789abcdef");
  CHECK(record.at("queue_id").text() == "4XyZ");
  CHECK(record.at("mode").text() == "enforce");
  CHECK(record.at("action").text() == "reject");
  CHECK(record.at("verdict").text() == "reject");
  CHECK(record.at("reason").text() == "tenant-denied");
  CHECK(record.at("identity").text() == "contoso.com");
  CHECK(record.at("stage").text() == "headers");
  REQUIRE(record.at("senders").elements().size() == 2);
  CHECK(record.at("senders").elements()[1].text() == "fabrikam");
  std::string checks;
  for (const JsonValue& check : record.at("checks").elements())
    checks +=
        std::string(check.at("name").text()) + "=" + std::string(check.at("result").text()) + " ";
  CHECK(checks == "author=pass tenant-listed=fail spf=pending ");
  CHECK(record.at("evidence").at("spf").at("result").text() == "pass");
}

TEST_CASE("no local part is logged unless it is asked for") {
  evidence::Decided decided;
  CHECK(evidence::to_record(decided, full()).line().find('@') == std::string::npos);
  decided.sender_address = "somebody@contoso.com";
  decided.recipient_addresses = {"else@one.example"};
  const auto line = evidence::to_record(decided, full()).line();
  CHECK(line.find("somebody@contoso.com") != std::string::npos);
  CHECK(line.find("else@one.example") != std::string::npos);
}

TEST_CASE("what is no record of this schema is refused") {
  const auto line = line_of(full());
  CHECK(reads(line, "\"schema\":1", "\"schema\":1"));
  for (const char* schema : {"\"schema\":2", "\"schema\":0", "\"schema\":\"1\"", "\"schema\":null",
                             "\"other\":1", "\"schema\":1.5", "\"schema\":true"}) {
    CAPTURE(schema);
    CHECK_FALSE(reads(line, "\"schema\":1", schema));
  }
  for (const char* text : {"{}", "[]", "null", "1", "\"x\"", "{\"schema\":1}",
                           "{\"schema\":1,\"evidence\":null}", "{\"schema\":1,\"evidence\":[]}"}) {
    CAPTURE(text);
    JsonReader reader;
    REQUIRE(reader.read(text));
    CHECK_FALSE(evidence::evidence_of(reader.root()));
  }
}

TEST_CASE("a record without its time is refused") {
  CHECK_FALSE(reads(line_of(full()), "2026-11-24T12:00:00Z", "yesterday"));
}

TEST_CASE("a value that the vocabulary does not have is refused") {
  const auto line = line_of(full());
  CHECK_FALSE(reads(line, "\"fault\":\"none\"", "\"fault\":\"other\""));
  CHECK_FALSE(reads(line, "\"client\":\"2001:db8::1\"", "\"client\":\"host\""));
  CHECK_FALSE(reads(line, "\"result\":\"pass\"", "\"result\":\"Pass\""));
  CHECK_FALSE(reads(line, "\"originator-org\"", "\"originator\""));
  CHECK_FALSE(reads(line, "\"rsa-sha256\"", "\"rsa-md5\""));
  CHECK_FALSE(reads(line, "\"not-asked\"", "\"unasked\""));
}

TEST_CASE("times are RFC 3339, UTC, whole seconds") {
  const std::pair<std::int64_t, const char*> pairs[] = {{0, "1970-01-01T00:00:00Z"},
                                                        {-1, "1969-12-31T23:59:59Z"},
                                                        {951782400, "2000-02-29T00:00:00Z"},
                                                        {1795521600, "2026-11-24T12:00:00Z"},
                                                        {4107542400, "2100-03-01T00:00:00Z"},
                                                        {-30610224000, "1000-01-01T00:00:00Z"},
                                                        {-30610224001, "0999-12-31T23:59:59Z"},
                                                        {-62167219200, "0000-01-01T00:00:00Z"},
                                                        {253402300799, "9999-12-31T23:59:59Z"}};
  for (const auto& [time, text] : pairs) {
    CHECK(evidence::rfc3339(time) == text);
    CHECK(evidence::from_rfc3339(text) == time);
  }
  for (const char* bad :
       {"", "2026-11-24", "2026-11-24T12:00:00", "2026-11-24T12:00Z", "2026-13-24T12:00:00Z",
        "2026-11-24T25:00:00Z", "2026-11-24T12:60:00Z", "2026-11-24T12:00:00Zx",
        "+026-11-24T12:00:00Z", "2026-11-24T12:00:0 Z", "2026-11-24T12:00:00+24:00",
        "2026-11-24T12:00:00+0100", "2026-00-24T12:00:00Z", "2026-11-24 12:00:00Z"}) {
    CAPTURE(bad);
    CHECK_FALSE(evidence::from_rfc3339(bad));
  }
  CHECK(evidence::from_rfc3339("2026-11-24T13:30:00+01:30") == 1795521600);
  CHECK(evidence::from_rfc3339("2026-11-24T07:00:00-05:00") == 1795521600);
  CHECK(evidence::from_rfc3339("2016-12-31T23:59:60Z") == 1483228800);  // a leap second
  // What can't be written with four digits is the first or last that can.
  CHECK(evidence::rfc3339(INT64_MIN) == "0000-01-01T00:00:00Z");
  CHECK(evidence::rfc3339(INT64_MAX) == "9999-12-31T23:59:59Z");
}

TEST_CASE("a time that is no date, or is spelled otherwise, is none") {
  for (const char* bad : {"2026-02-29T12:00:00Z", "2026-11-31T12:00:00Z", " 2026-11-24T12:00:00Z",
                          "2026-1-24T12:00:00Z"}) {
    CAPTURE(bad);
    CHECK_FALSE(evidence::from_rfc3339(bad));
  }
}

namespace {

// The paths of all members, as record_fields.h spells them.
void add_paths(const JsonValue& value, const std::string& path, std::set<std::string>& paths) {
  if (!path.empty()) paths.insert(path);
  for (const std::string_view key : value.keys())
    add_paths(value.at(key), path.empty() ? std::string(key) : path + "." + std::string(key),
              paths);
  for (const JsonValue& element : value.elements()) {
    for (const std::string_view key : element.keys())
      add_paths(element.at(key), path + "[]." + std::string(key), paths);
  }
}

}  // namespace

TEST_CASE("the table of fields is what a record has") {
  evidence::Decided decided;
  decided.sender_address = "alice@contoso.com";
  decided.recipient_addresses = {"bob@example.net"};
  decided.verdict.checks[0] = policy::CheckState::pass;
  std::set<std::string> written;
  JsonReader reader;
  REQUIRE(reader.read(to_record(decided, full()).line()));
  add_paths(reader.root(), "", written);
  std::set<std::string> documented;
  for (const auto& field : evidence::record_fields) documented.emplace(field.path);
  CHECK(written == documented);
}
