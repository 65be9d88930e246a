// SPDX-License-Identifier: BSD-2-Clause
// See world.h: the product of all variations, and what it is compared with.
#include <iostream>

#include "policy/judge.h"
#include "tests/unit/oracle/oracle.h"
#include "tests/unit/oracle/world.h"

namespace oracle {

using policy::Decision;
using policy::Evidence;
using policy::Known;
using policy::Policy;
using policy::SpfResult;
using policy::Verdict;

namespace {

constexpr std::size_t most_printed = 20;

std::string words(const Verdict& v) {
  std::string text(name_of(v.decision, policy::decision_names));
  if (v.decision == Decision::accept) {
    return text + (v.forwarded ? " forwarded" : "") + (v.system_mail ? " system" : "");
  }
  if (v.decision == Decision::undecided) return text;
  return text + " " + std::string(info(v.reason).name) + " " + std::string(v.code.smtp) + " " +
         std::string(v.code.enhanced) + " " + std::string(name_of(v.mode, policy::mode_names));
}

// Of a refusal found early: its code may be another one when more is known
// (spec 6: "an early refusal knows of one, and keeps its code").
bool keeps_its_word(const Verdict& early, const Verdict& final_one) {
  if (early.decision != final_one.decision || early.reason != final_one.reason) return false;
  return early.decision == Decision::accept || early.mode == final_one.mode;
}

// All that a pending SPF may become.
std::vector<Completion> with_spf(const Completion& c) {
  std::vector<Completion> all;
  if (c.e.spf.state != Known::pending) return {c};
  for (std::size_t i = 0; i < policy::spf_result_names.size(); ++i) {
    Completion one = c;
    one.e.spf.result = static_cast<SpfResult>(i);
    const bool broken = one.e.spf.result == SpfResult::temperror;
    one.e.spf.state = broken ? Known::unavailable : Known::known;
    one.words += " spf=" + std::string(policy::spf_result_names[i]);
    all.push_back(std::move(one));
  }
  return all;
}

// All that a pending signature may become.
constexpr struct {
  const char* word;
  Known state;
  bool verified;
  unsigned bits;  // of an RSA key
  bool test_key;
} outcomes[] = {
    {"verified", Known::known, true, 2048, false},
    {"short", Known::known, true, 512, false},
    {"test", Known::known, true, 2048, true},
    {"failed", Known::known, false, 2048, false},
    {"no-key", Known::known, false, 0, false},
    {"short-failed", Known::known, false, 512, false},
    {"unavailable", Known::unavailable, false, 0, false},
};

std::vector<Completion> with_signature(const Completion& c, std::size_t i) {
  std::vector<Completion> all;
  const bool edwards = c.e.signatures[i].algorithm == policy::SignatureAlgorithm::ed25519_sha256;
  for (const auto& outcome : outcomes) {
    if (edwards && outcome.bits == 512) continue;
    Completion one = c;
    auto& s = one.e.signatures[i];
    s.state = outcome.state;
    s.verified = outcome.verified;
    s.key_bits = edwards && outcome.bits ? 256 : outcome.bits;
    s.test_key = outcome.test_key;
    one.words += " dkim" + std::to_string(i + 1) + "=" + outcome.word;
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace

std::vector<Completion> completions_of_pending(const Evidence& e) {
  std::vector<Completion> all = with_spf({"", e});
  for (std::size_t i = 0; i < e.signatures.size(); ++i) {
    if (e.signatures[i].state != Known::pending) continue;
    std::vector<Completion> next;
    for (const auto& c : all) {
      for (auto& one : with_signature(c, i)) next.push_back(std::move(one));
    }
    all = std::move(next);
  }
  return all;
}

std::size_t Family::seen(policy::Reason reason) const {
  const auto found = reasons_.find(reason);
  return found == reasons_.end() ? 0 : found->second;
}

void Family::run() { descend(start_, 0); }

void Family::descend(const World& w, std::size_t dimension) {
  for (const auto& variant : dimensions_[dimension].variants) {
    if (disagreements_ >= most_printed) return;
    World varied = w;
    variant.apply(varied);
    path_.push_back(&variant);
    if (dimension + 1 == dimensions_.size()) {
      judge_one(varied);
    } else {
      descend(varied, dimension + 1);
    }
    path_.pop_back();
  }
}

void Family::judge_one(World& w) {
  const Policy p = policy_of(w);
  bool pending = w.e.spf.state == Known::pending;
  for (const auto& s : w.e.signatures) pending |= s.state == Known::pending;
  ++combinations_;
  if (pending) {
    judge_early(w.e, p);
  } else {
    judge_complete(w.e, p, "");
  }
}

Verdict Family::judge_complete(const Evidence& e, const Policy& p, const std::string& completion) {
  const Verdict got = policy::judge(e, p);
  const Verdict want = expected(e, p);
  ++reasons_[got.decision == Decision::accept ? policy::Reason::none : got.reason];
  Verdict compared = got;
  if (any_tempfail_ && got.decision == Decision::tempfail) {
    compared.code = want.code;
    compared.mode = want.mode;
  }
  if (words(compared) != words(want)) {
    disagree(completion, "judge: " + words(got) + "; oracle: " + words(want));
  }
  return got;
}

void Family::judge_early(const Evidence& e, const Policy& p) {
  const Verdict early = policy::judge(e, p);
  bool alike = true;
  std::optional<Verdict> first;
  for (const auto& c : completions_of_pending(e)) {
    const Verdict later = judge_complete(c.e, p, c.words);
    if (!first) first = later;
    alike &= keeps_its_word(*first, later);
    if (early.decision != Decision::undecided && !keeps_its_word(early, later)) {
      disagree(c.words, "early: " + words(early) + "; then: " + words(later));
    }
    if (disagreements_ >= most_printed) return;
  }
  if (!alike || first->decision != Decision::reject) return;
  ++could_refuse_early_;
  if (early.decision == Decision::reject) ++early_refusals_;
}

void Family::disagree(const std::string& completion, const std::string& what) {
  if (disagreements_++ >= most_printed) return;
  std::cout << name_ << ":";
  for (std::size_t i = 0; i < path_.size(); ++i) {
    std::cout << " " << dimensions_[i].name << "=" << path_[i]->word;
  }
  if (!completion.empty()) std::cout << " |" << completion;
  std::cout << "\n  " << what << "\n";
}

}  // namespace oracle
