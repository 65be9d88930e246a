// SPDX-License-Identifier: BSD-2-Clause
// Lines of a decision log: read or refused; what is read is written the same, and judged.
#include "milter/evidence/record.h"
#include "milter/evidence/replay.h"
#include "policy/store/store.h"
#include "tests/fuzz/fuzz.h"

namespace {

const policy::Snapshot& snapshot() {
  static const auto loaded = store::load_toml(
      "version = 1\n[[sender]]\nname = \"contoso\"\ndomains = [\"contoso.com\"]\n"
      "tenants = [\"microsoft365:contoso.onmicrosoft.com\", \"google:contoso.com\"]\n"
      "spf = \"aligned\"\ndkim = \"aligned\"\nforwarding = \"allow\"\n",
      "policy.toml", {});
  return *loaded.snapshot;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  util::JsonReader reader;
  if (!reader.read(fuzz::text(data, size))) return 0;
  const auto evidence = evidence::evidence_of(reader.root());
  if (!evidence) return 0;
  const std::string line = evidence::to_record({}, *evidence).line();
  fuzz::must(line.find('\n') == std::string::npos, "one line");
  util::JsonReader again;
  fuzz::must(again.read(line), "what is written is JSON");
  const auto same = evidence::evidence_of(again.root());
  fuzz::must(same && evidence::to_record({}, *same).line() == line, "what is read is what was");
  evidence::judge_again(*evidence, snapshot());
  return 0;
}
