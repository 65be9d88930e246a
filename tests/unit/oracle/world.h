// SPDX-License-Identifier: BSD-2-Clause
// Messages and policies for exhaustive tests: a world to start from, ways to vary
// it, the policy that a snapshot would hand to `judge` for it (spec 5, by hand),
// and the product of all variations, each compared with the oracle.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "policy/evidence.h"
#include "policy/policy.h"
#include "policy/verdict.h"

namespace oracle {

inline constexpr std::int64_t now = 1'800'000'000;
inline constexpr const char* guid_a = "aaaaaaaa-0000-4000-8000-00000000000a";
inline constexpr const char* guid_b = "bbbbbbbb-0000-4000-8000-00000000000b";
inline constexpr const char* guid_c = "cccccccc-0000-4000-8000-00000000000c";
inline constexpr const char* guid_bad = "dddddddd-0000-4000-8000-00000000000d";

const policy::Platform& microsoft365();
const policy::Platform& microsoft365_with_certificate();
const policy::Platform& google();
const policy::Platform& salesforce();
const policy::Platform& acme();  // the operator's own: a header and a suffix

struct World {
  policy::Evidence e;
  std::vector<policy::Sender> senders;
  policy::TenantSet blocked;
  policy::Mode unknown_senders = policy::Mode::enforce;
  std::optional<policy::Mode> override_mode;
  const policy::Platform* platform = nullptr;

  policy::Sender& sender(const std::string& name);
};

// Valid mail of contoso.example from its own Microsoft 365 tenant; senders
// contoso and fabrikam, each with a name and a GUID. It is accepted.
World honest();

policy::Identity identity(const std::string& domain);
policy::ListedTenant listed(const std::string& text, bool expired = false);  // platform:value
void stamp(World& w, policy::TenantSource source, const std::string& value, unsigned count = 1);
void unstamp(World& w, policy::TenantSource source);
policy::TenantField& field(World& w, policy::TenantSource source);
void envelope(World& w, const std::string& domain);
void authors(World& w, const std::vector<std::string>& domains);
// A signature that passes wherever its domain will do.
policy::Signature signature(const std::string& domain);

policy::Policy policy_of(const World& w);

struct Variant {
  std::string word;
  std::function<void(World&)> apply;
};
struct Dimension {
  std::string name;
  std::vector<Variant> variants;
};

// One of the families of cases.
class Family {
 public:
  Family(std::string name, World start, std::vector<Dimension> dimensions)
      : name_(std::move(name)), start_(std::move(start)), dimensions_(std::move(dimensions)) {}

  // Judges every combination, early and in each completion where something is
  // pending, and prints the first 20 disagreements.
  void run();

  // Of a tempfail, compare neither code nor mode.
  Family& with_any_tempfail() {
    any_tempfail_ = true;
    return *this;
  }

  const std::string& name() const { return name_; }
  std::size_t combinations() const { return combinations_; }
  std::size_t disagreements() const { return disagreements_; }
  std::size_t seen(policy::Reason reason) const;  // `none`: acceptances
  std::size_t early_refusals() const { return early_refusals_; }
  std::size_t could_refuse_early() const { return could_refuse_early_; }

 private:
  void descend(const World& w, std::size_t dimension);
  void judge_one(World& w);
  policy::Verdict judge_complete(const policy::Evidence& e, const policy::Policy& p,
                                 const std::string& completion);
  void judge_early(const policy::Evidence& e, const policy::Policy& p);
  void disagree(const std::string& completion, const std::string& what);

  std::string name_;
  World start_;
  std::vector<Dimension> dimensions_;
  std::vector<const Variant*> path_;
  std::size_t combinations_ = 0, disagreements_ = 0, early_refusals_ = 0, could_refuse_early_ = 0;
  bool any_tempfail_ = false;
  std::map<policy::Reason, std::size_t> reasons_;
};

// An evidence with something known in place of all that was pending.
struct Completion {
  std::string words;
  policy::Evidence e;
};
std::vector<Completion> completions_of_pending(const policy::Evidence& e);

}  // namespace oracle
