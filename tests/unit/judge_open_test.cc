// SPDX-License-Identifier: BSD-2-Clause
// Where DNS gives no answer and it is open which sender answers for the message:
// the rules of spec 6 that `judge` and the oracle (tests/unit/oracle) read apart.
#include "tests/unit/oracle/senders.h"

using namespace oracle;
using policy::Known;
using policy::Mode;
using policy::Reason;
using policy::Requirement;

namespace {

// Mail of an unknown author from Google, with fabrikam's signature.
World forwarded(const std::string& envelope_domain, policy::Known state) {
  World w = honest();
  w.platform = &google();
  w.e.tenant_fields.clear();
  w.blocked.clear();
  w.sender("contoso").tenants = {listed("google:contoso.example")};
  w.sender("fabrikam").tenants = {listed("google:fabrikam.example")};
  w.sender("fabrikam").forwarding = policy::Forwarding::allow;
  authors(w, {"x.example"});
  envelope(w, envelope_domain);
  w.e.signatures = {unknown(signature("fabrikam-example.20230601.gappssmtp.com"), state)};
  return w;
}

}  // namespace

// Were the key there and the signature false, this would be sender-unknown in the
// mode of unknown senders: a missing answer must not make it milder.
TEST_CASE("an unknown author is not let through for want of an answer") {
  World w = forwarded("y.example", Known::unavailable);
  w.unknown_senders = Mode::enforce;
  check_one({"open-mode",
             w,
             {{"fabrikam-mode", {mode("fabrikam", Mode::monitor), mode("fabrikam", Mode::enforce)}},
              {"envelope",
               {mail_from("unknown", "y.example"), mail_from("own", "fabrikam.example"),
                mail_from("contoso", "contoso.example")}},
              {"contoso-mode", {mode("contoso", Mode::monitor), mode("contoso", Mode::enforce)}}}});
}

// Both list the tenant and neither owns anything: whatever DNS says, nobody answers.
TEST_CASE("two forwarders of one tenant are none, with or without an answer") {
  World w = forwarded("y.example", Known::unavailable);
  w.senders.push_back(w.sender("fabrikam"));
  w.senders.back().name = "tailspin";
  w.senders.back().domains = {"tailspin.example"};
  check_one({"open-forwarders", w, {{"as", {{"it-is", unchanged}}}}});
}

// contoso fails for certain, fabrikam waits for SPF alone: the code is SPF's.
TEST_CASE("the code of a tempfail is that of the look-up that is missing") {
  World w = honest();
  shares(w);
  authors(w, {"contoso.onmicrosoft.com"});
  envelope(w, "contoso.onmicrosoft.com");
  w.sender("contoso").tenants = {listed(ms + "contoso.onmicrosoft.com", true)};
  w.sender("fabrikam").settings.spf = Requirement::aligned;
  w.e.spf.state = Known::unavailable;
  check_one({"open-code", w, {{"as", {{"it-is", unchanged}}}}});
}
