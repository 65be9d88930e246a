// SPDX-License-Identifier: BSD-2-Clause
// See describe.h.
#include "tests/unit/random/describe.h"

#include <sstream>

namespace random_cases {
namespace {

using policy::name_of;

template <class Range>
std::string joined(const Range& all) {
  std::string text;
  for (const auto& one : all) text += " " + one;
  return text;
}

template <class Range>
std::string domains(const Range& all) {
  std::string text;
  for (const auto& one : all) text += " " + one.domain;
  return text;
}

void settings(std::ostream& out, const policy::PlatformSettings& s) {
  out << " spf=" << name_of(s.spf, policy::requirement_names) << "/"
      << name_of(s.spf_alignment, policy::alignment_names)
      << " dkim=" << name_of(s.dkim, policy::requirement_names) << "/"
      << name_of(s.dkim_alignment, policy::alignment_names) << " entities=" << s.entities;
}

void sender(std::ostream& out, const policy::Sender& s) {
  out << "  sender " << s.name << " " << name_of(s.mode, policy::mode_names)
      << (s.subdomains ? " subdomains" : "")
      << " evidence=" << name_of(s.tenant_evidence, policy::tenant_evidence_names)
      << " forwarding=" << name_of(s.forwarding, policy::forwarding_names)
      << " domains:" << joined(s.domains) << " logins:" << joined(s.logins)
      << " dkim-domains:" << joined(s.dkim_domains);
  for (const auto& t : s.tenants) {
    out << " " << t.tenant.to_string() << (t.in_force(oracle::now) ? "" : "(expired)");
  }
  for (const auto& n : s.networks) out << " net=" << n.to_string();
  for (const auto& n : s.hybrid_sources) out << " hybrid=" << n.to_string();
  settings(out, s.settings);
  for (const auto& [name, own] : s.platform_settings) {
    out << " [" << name;
    settings(out, own);
    out << "]";
  }
  out << "\n";
}

void signature(std::ostream& out, const policy::Signature& s) {
  out << "  signature d=" << s.domain.domain << " " << name_of(s.algorithm, policy::algorithm_names)
      << " " << name_of(s.state, policy::known_names) << (s.verified ? " verified" : "")
      << " bits=" << s.key_bits << (s.signs_from ? "" : " no-from")
      << (s.signs_every_from ? "" : " not-every-from") << (s.body_limit ? " l=" : "")
      << (s.test_key ? " t=y" : "") << (s.covers_replayable ? "" : " uncovered")
      << (s.for_log ? " for-log" : "");
  if (s.signed_at) out << " t=now" << std::showpos << *s.signed_at - oracle::now << std::noshowpos;
  if (s.expires_at)
    out << " x=now" << std::showpos << *s.expires_at - oracle::now << std::noshowpos;
  out << "\n";
}

void message(std::ostream& out, const policy::Evidence& e) {
  out << "  fault=" << name_of(e.fault, policy::fault_names)
      << " client=" << (e.client ? e.client->to_string() : "") << " login=" << e.login
      << " certificate=" << e.certificate << " envelope="
      << (e.envelope      ? e.envelope->domain
          : e.null_sender ? "<>"
                          : "unreadable")
      << (e.envelope_srs ? " srs" : "") << (e.author_valid ? "" : " author-invalid")
      << (e.system_mail ? " system-mail" : "") << "\n  from:" << domains(e.authors)
      << " others:" << domains(e.other_identities) << " sender=" << e.sender_domain
      << " resent-from:" << joined(e.resent_from) << "\n";
  for (const auto& f : e.tenant_fields) {
    out << "  " << info(f.source).name << "*" << f.count << " " << f.value
        << (f.malformed ? " malformed" : "") << (f.contradictory ? " contradictory" : "") << "\n";
  }
  const auto& c = e.connecting;
  out << "  connecting*" << c.count << " " << c.guid << " " << (c.ip ? c.ip->to_string() : "")
      << (c.malformed ? " malformed" : "") << (c.contradictory ? " contradictory" : "")
      << "; entity*" << e.entity.count << " " << e.entity.value
      << "; spf=" << name_of(e.spf.state, policy::known_names) << "/"
      << name_of(e.spf.result, policy::spf_result_names) << " " << e.spf.domain << "\n";
  for (const auto& s : e.signatures) signature(out, s);
}

}  // namespace

std::string describe(const World& w) {
  std::ostringstream out;
  out << "  platform " << (w.platform != nullptr ? w.platform->name : "none");
  if (w.platform != nullptr) {
    out << " header=" << w.platform->tenant_header << " suffix=" << w.platform->dkim_suffix
        << " certificate=" << w.platform->client_certificate;
  }
  out << " unknown-senders=" << name_of(w.unknown_senders, policy::mode_names)
      << (w.override_mode ? " --mode=" : "")
      << (w.override_mode ? name_of(*w.override_mode, policy::mode_names) : "") << " blocked:";
  for (const auto& t : w.blocked) out << " " << t.to_string();
  out << "\n";
  for (const auto& s : w.senders) sender(out, s);
  message(out, w.e);
  return out.str();
}

std::string describe(const policy::Verdict& v) {
  std::ostringstream out;
  out << name_of(v.decision, policy::decision_names) << " " << info(v.reason).name << " "
      << v.code.smtp << " " << v.code.enhanced << " "
      << (v.also == policy::Reason::none ? "" : info(v.also).name) << " "
      << name_of(v.mode, policy::mode_names) << (v.forwarded ? " forwarded" : "")
      << (v.system_mail ? " system-mail" : "") << " [" << v.identity << "] [" << v.seen << "]";
  for (const auto state : v.checks) out << " " << name_of(state, policy::check_state_names);
  out << " senders:" << joined(v.senders);
  return out.str();
}

bool same_in_all(const policy::Verdict& a, const policy::Verdict& b) {
  return a.decision == b.decision && a.reason == b.reason && a.code == b.code && a.also == b.also &&
         a.identity == b.identity && a.seen == b.seen && a.mode == b.mode &&
         a.forwarded == b.forwarded && a.system_mail == b.system_mail && a.checks == b.checks &&
         a.senders == b.senders;
}

}  // namespace random_cases
