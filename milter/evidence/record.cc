// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/record.h"

#include <algorithm>
#include <ctime>

#include "util/format.h"
#include "version.h"

namespace evidence {

namespace {

using policy::name_of;
using util::Json;
using util::json_list;

Json to_json(const policy::Identity& identity) {
  return Json::object().set("domain", identity.domain).set("organisation", identity.organisation);
}

Json identities(const std::vector<policy::Identity>& values) {
  return json_list(values, [](const policy::Identity& identity) { return to_json(identity); });
}

Json to_json(const policy::TenantField& field) {
  return Json::object()
      .set("source", policy::info(field.source).name)
      .set("value", field.value)
      .set("count", std::int64_t{field.count})
      .set("malformed", field.malformed)
      .set("contradictory", field.contradictory)
      .set("seen", field.seen);
}

Json to_json(const policy::ConnectingTenant& connecting) {
  return Json::object()
      .set("tenant", connecting.guid)
      .set("ip", connecting.ip ? Json(connecting.ip->to_string()) : Json())
      .set("count", std::int64_t{connecting.count})
      .set("malformed", connecting.malformed)
      .set("contradictory", connecting.contradictory)
      .set("seen", connecting.seen);
}

// A result, or what is known of the look-up instead of one.
std::string_view result_of(policy::Known state, std::string_view result) {
  return state == policy::Known::known ? result : name_of(state, policy::known_names);
}

Json to_json(const policy::Spf& spf) {
  return Json::object()
      .set("result", result_of(spf.state, name_of(spf.result, policy::spf_result_names)))
      .set("domain", spf.domain)
      .set("secure", spf.secure)
      .set("cause", spf.cause);
}

Json time_or_null(const std::optional<std::int64_t>& time) { return time ? Json(*time) : Json(); }

Json to_json(const policy::Signature& signature) {
  return Json::object()
      .set("d", signature.domain.domain)
      .set("organisation", signature.domain.organisation)
      .set("s", signature.selector)
      .set("digest", signature.digest)
      .set("result", result_of(signature.state, signature.verified ? "pass" : "fail"))
      .set("fault", name_of(signature.fault, policy::signature_fault_names))
      .set("algorithm", name_of(signature.algorithm, policy::algorithm_names))
      .set("key_bits", std::int64_t{signature.key_bits})
      .set("test_key", signature.test_key)
      .set("signs_from", signature.signs_from)
      .set("signs_every_from", signature.signs_every_from)
      .set("body_limit", signature.body_limit)
      .set("covers_replayable", signature.covers_replayable)
      .set("t", time_or_null(signature.signed_at))
      .set("x", time_or_null(signature.expires_at))
      .set("secure", signature.secure)
      .set("for_log", signature.for_log);
}

// Those of a message's signatures that are logged. What check 5 counts, and checks 10 and 11 go by,
// is among them: a record is judged as the message was.
std::vector<const policy::Signature*> logged_signatures(const policy::Evidence& evidence) {
  constexpr std::size_t most = 20;
  constexpr std::size_t tenants = 11;  // one more than are a conflict (spec 6)
  const auto& all = evidence.signatures;
  if (all.size() <= most) {
    std::vector<const policy::Signature*> these;
    for (const policy::Signature& one : all) these.push_back(&one);
    return these;
  }
  std::vector<bool> is_kept(all.size());
  std::size_t kept = 0;
  auto keep = [&](std::size_t at_most, auto which) {
    for (std::size_t i = 0; i < all.size() && at_most > 0; ++i) {
      if (is_kept[i] || !which(all[i])) continue;
      is_kept[i] = true;
      ++kept;
      --at_most;
    }
  };
  auto is_settled = [](const policy::Signature& one) {
    return one.state != policy::Known::not_asked && !one.for_log;
  };
  auto is_hopeless = [&](const policy::Signature& one) {  // nothing was asked for it
    return one.fault == policy::SignatureFault::unreadable ||
           one.fault == policy::SignatureFault::names || !one.signs_from;
  };
  keep(tenants, [](const policy::Signature& one) { return one.is_tenant_name; });
  keep(most, [&](const policy::Signature& one) { return is_settled(one) && !is_hopeless(one); });
  keep(1, [](const policy::Signature& one) { return one.domain.domain.empty(); });
  keep(1,
       [](const policy::Signature& one) { return !one.domain.domain.empty() && !one.signs_from; });
  keep(1, [](const policy::Signature& one) { return one.fault == policy::SignatureFault::names; });
  const std::size_t room = most > kept ? most - kept : 0;
  keep(room, [](const policy::Signature& one) { return one.for_log; });
  keep(most > kept ? most - kept : 0, [](const policy::Signature&) { return true; });
  std::vector<const policy::Signature*> these;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (is_kept[i]) these.push_back(&all[i]);
  }
  return these;
}

Json to_json(const policy::Recipient& recipient) {
  return Json::object().set("domain", recipient.domain).set("mailer", recipient.mailer);
}

Json to_json(const policy::Evidence& evidence) {
  constexpr std::size_t usual_size = 2048;
  Json json = Json::object(usual_size);
  json.set("fault", name_of(evidence.fault, policy::fault_names))
      .set("mta", evidence.mta_version)
      .set("daemon_name", evidence.daemon_name)
      .set("client", evidence.client ? Json(evidence.client->to_string()) : Json())
      .set("client_name", evidence.client_name)
      .set("helo", evidence.helo)
      .set("login", evidence.login)
      .set("certificate", evidence.certificate)
      .set("null_sender", evidence.null_sender)
      .set("envelope", evidence.envelope ? to_json(*evidence.envelope) : Json())
      .set("envelope_srs", evidence.envelope_srs)
      .set("recipient_count", static_cast<std::int64_t>(evidence.recipient_count))
      .set("recipients",
           json_list(evidence.recipients, [](const policy::Recipient& to) { return to_json(to); }));
  json.set("author_valid", evidence.author_valid)
      .set("author_fault", evidence.author_fault)
      .set("authors", identities(evidence.authors))
      .set("other_identities", identities(evidence.other_identities))
      .set("resent_from", json_list(evidence.resent_from))
      .set("sender", evidence.sender_domain)
      .set("system_mail", evidence.system_mail)
      .set("tenants", json_list(evidence.tenant_fields,
                                [](const policy::TenantField& field) { return to_json(field); }))
      .set("connecting", evidence.connecting.count > 0 ? to_json(evidence.connecting) : Json())
      .set("entity", Json::object()
                         .set("value", evidence.entity.value)
                         .set("count", std::int64_t{evidence.entity.count}))
      .set("auth_as", evidence.auth_as)
      .set("spf", to_json(evidence.spf))
      .set("signature_count", static_cast<std::int64_t>(evidence.signature_count))
      .set("signatures",
           json_list(logged_signatures(evidence),
                     [](const policy::Signature* signature) { return to_json(*signature); }));
  return json;
}

Json checks_of(const policy::Verdict& verdict) {
  Json all = Json::array();
  for (std::size_t i = 0; i < policy::check_count; ++i) {
    if (verdict.checks[i] == policy::CheckState::not_run) continue;
    all.add(Json::object()
                .set("check", static_cast<std::int64_t>(i + 1))
                .set("name", policy::check_names[i])
                .set("result", name_of(verdict.checks[i], policy::check_state_names)));
  }
  return all;
}

}  // namespace

Json to_record(const Decided& decided, const policy::Evidence& evidence) {
  constexpr std::size_t usual_size = 4096;
  const policy::Verdict& verdict = decided.verdict;
  Json record = Json::object(usual_size);
  record.set("schema", record_schema)
      .set("time", rfc3339(evidence.time))
      .set("version", version)
      .set("policy", evidence.policy_revision)
      .set("queue_id", decided.queue_id)
      .set("mode", name_of(verdict.mode, policy::mode_names))
      .set("action", name_of(decided.action, action_names))
      .set("verdict", name_of(verdict.decision, policy::decision_names))
      .set("reason", policy::info(verdict.reason).name)
      .set("code", std::string(verdict.code.smtp) + (verdict.code.smtp.empty() ? "" : " ") +
                       std::string(verdict.code.enhanced))
      .set("identity", verdict.identity)
      .set("seen", verdict.seen)
      .set("stage", decided.stage)
      .set("forwarded", verdict.forwarded)
      .set("system_mail", verdict.system_mail)
      .set("checks", checks_of(verdict))
      .set("senders", json_list(verdict.senders));
  if (!decided.sender_address.empty() || !decided.recipient_addresses.empty())
    record.set("mail_from", decided.sender_address)
        .set("rcpt_to", json_list(decided.recipient_addresses));
  record.set("evidence", to_json(evidence));
  return record;
}

std::string date_of(std::int64_t time) { return rfc3339(time).substr(0, 10); }

// A year has four digits (RFC 3339 5.6): what lies before or beyond is the first or last second
// of those that can be written.
std::string rfc3339(std::int64_t time) {
  constexpr std::int64_t first = -62'167'219'200;  // 0000-01-01T00:00:00Z
  constexpr std::int64_t last = 253'402'300'799;   // 9999-12-31T23:59:59Z
  const std::time_t seconds = std::clamp(time, first, last);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return util::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", utc.tm_year + 1900, utc.tm_mon + 1,
                      utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

}  // namespace evidence
