// SPDX-License-Identifier: BSD-2-Clause
// Judges every decision of a log again by the policy that made it: replay POLICY LOG
// [--mode=monitor]. Prints each that comes out otherwise; exits 1 where one does, or where
// the log has a line that can't be read.
#include <cstdio>
#include <string>
#include <vector>

#include "milter/evidence/record.h"
#include "policy/judge.h"
#include "policy/store/store.h"
#include "util/file.h"
#include "util/format.h"
#include "util/json_reader.h"
#include "util/text.h"

namespace {

using util::JsonValue;

// What of a decision must come out the same, as one text.
std::string logged(const JsonValue& record) {
  std::string text;
  for (const char* key : {"verdict", "reason", "code", "mode", "identity", "seen"})
    text += util::format("{} ", record.at(key).text());
  for (const JsonValue& check : record.at("checks").elements())
    text += util::format("{}={} ", check.at("name").text(), check.at("result").text());
  for (const JsonValue& sender : record.at("senders").elements())
    text += util::format("{} ", sender.text());
  return text;
}

// The record that this verdict would have made.
std::string judged_again(const policy::Evidence& evidence, const policy::Snapshot& snapshot,
                         std::optional<policy::Mode> override_mode) {
  policy::Policy policy = snapshot.select(evidence);
  policy.override_mode = override_mode;
  evidence::Decided decided;
  decided.verdict = policy::judge(evidence, policy);
  util::JsonReader record;
  record.read(evidence::to_record(decided, evidence).line());
  return logged(record.root());
}

}  // namespace

int main(int count, char** words) {
  if (count < 3) {
    std::fputs("usage: replay POLICY LOG [--mode=monitor]\n", stderr);
    return 64;
  }
  const auto override_mode = count > 3 ? std::optional(policy::Mode::monitor) : std::nullopt;
  const auto loaded = store::load(words[1], {});
  const auto log = util::read_file(words[2]);
  if (!loaded.snapshot || !log) return 66;
  int wrong = 0;
  util::JsonReader record;
  for (const std::string_view line : util::split(*log, '\n')) {
    if (line.empty()) continue;
    const bool is_json = record.read(line);
    const auto evidence = is_json ? evidence::evidence_of(record.root()) : std::nullopt;
    const std::string then = is_json ? logged(record.root()) : "";
    const std::string now =
        evidence ? judged_again(*evidence, *loaded.snapshot, override_mode) : "unreadable";
    if (then == now) continue;
    std::printf("%s\n  was %s\n  is  %s\n", std::string(line).c_str(), then.c_str(), now.c_str());
    ++wrong;
  }
  return wrong == 0 ? 0 : 1;
}
