// SPDX-License-Identifier: BSD-2-Clause
// Variations that several families share, and how a family is asserted. For test
// programs only (it uses Catch2).
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/unit/oracle/world.h"

namespace oracle {

inline constexpr auto org = policy::TenantSource::originator_org;
inline constexpr auto id = policy::TenantSource::crosstenant_id;
inline const std::string ms = "microsoft365:";

inline void unchanged(World&) {}

// Runs a family: all combinations agree, there are enough of them, and each of
// these reasons and an acceptance occurred.
inline void check(Family family, std::size_t at_least, std::vector<policy::Reason> reasons) {
  family.run();
  CAPTURE(family.name());
  CHECK(family.disagreements() == 0);
  CHECK(family.combinations() >= at_least);
  reasons.push_back(policy::Reason::none);
  for (const policy::Reason reason : reasons) {
    CAPTURE(info(reason).name);
    CHECK(family.seen(reason) > 0);
  }
}

inline void check_one(Family family) {
  family.run();
  CHECK(family.disagreements() == 0);
  CHECK(family.combinations() > 0);
}

// The same, with look-ups pending. What every completion refuses alike is refused
// early, save `late` cases: a check that is certain to fail but not why, or one of
// two open checks that is certain to fail, may be waited for (spec 6: check by check).
inline void early(Family family, std::size_t at_least, std::vector<policy::Reason> reasons,
                  std::size_t late = 0) {
  family.run();
  CAPTURE(family.name(), family.could_refuse_early());
  CHECK(family.disagreements() == 0);
  CHECK(family.combinations() >= at_least);
  CHECK(family.early_refusals() > 0);
  CHECK(family.early_refusals() + late >= family.could_refuse_early());
  for (const policy::Reason reason : reasons) {
    CAPTURE(info(reason).name);
    CHECK(family.seen(reason) > 0);
  }
}

inline Variant stamps(const char* word, policy::TenantSource source, std::string value,
                      unsigned count = 1) {
  return {word, [=](World& w) { stamp(w, source, value, count); }};
}
inline Variant malformed(policy::TenantSource source) {
  return {"malformed", [=](World& w) {
            stamp(w, source, "");
            field(w, source).malformed = true;
          }};
}
inline Variant contradictory(policy::TenantSource source, std::string first) {
  return {"contradictory", [=](World& w) {
            stamp(w, source, first, 2);
            field(w, source).contradictory = true;
          }};
}
inline Variant absent(policy::TenantSource source) {
  return {"absent", [=](World& w) { unstamp(w, source); }};
}

// The mode of one sender, by name.
inline Variant mode(std::string sender, policy::Mode m) {
  return {std::string(name_of(m, policy::mode_names)),
          [=](World& w) { w.sender(sender).mode = m; }};
}

// What one sender asks of SPF and DKIM.
inline Variant requires_of(std::string sender, policy::Requirement spf, policy::Requirement dkim) {
  return {"spf-" + std::string(name_of(spf, policy::requirement_names)) + "/dkim-" +
              std::string(name_of(dkim, policy::requirement_names)),
          [=](World& w) {
            w.sender(sender).settings.spf = spf;
            w.sender(sender).settings.dkim = dkim;
          }};
}

inline Variant spf_is(policy::Known state, policy::SpfResult result = policy::SpfResult::none) {
  const bool known = state == policy::Known::known;
  return {std::string(known ? name_of(result, policy::spf_result_names)
                            : name_of(state, policy::known_names)),
          [=](World& w) {
            w.e.spf.state = state;
            w.e.spf.result = result;
          }};
}

inline Variant adds(std::string word, policy::Signature s) {
  return {std::move(word), [=](World& w) { w.e.signatures.push_back(s); }};
}
inline policy::Signature unknown(policy::Signature s, policy::Known state) {
  s.state = state;
  s.verified = false;
  s.key_bits = 0;
  return s;
}
inline policy::Signature failed(policy::Signature s, unsigned bits = 2048) {
  s.verified = false;
  s.key_bits = bits;
  return s;
}

}  // namespace oracle
