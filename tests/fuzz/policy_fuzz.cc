// SPDX-License-Identifier: BSD-2-Clause
// TOML policy: loaded or refused with a place, in pieces as a whole; what is loaded can be
// edited, and says then what it said before and the change.
#include "policy/store/describe.h"
#include "policy/store/edit.h"
#include "policy/store/pieces.h"
#include "policy/store/store.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::text(data, size));
  const store::Loaded loaded = store::load_toml(text, "policy.toml", {.time = 1'800'000'000});
  fuzz::must((loaded.snapshot == nullptr) == (loaded.exit_code != 0), "a policy, or an error");
  const store::Loaded pieces = store::load_toml(text, "policy.toml", {.time = 1'800'000'000}, 1);
  fuzz::must(pieces.report("") == loaded.report(""), "pieces have the findings of the whole");
  if (loaded.snapshot == nullptr) {
    fuzz::must(!loaded.findings.empty(), "an error is said");
    return 0;
  }
  for (const policy::Sender& sender : loaded.snapshot->senders())
    store::in_force(sender, text, "policy.toml");
  fuzz::must(store::differences(*loaded.snapshot, *loaded.snapshot).empty(), "the same as itself");
  fuzz::must(store::differences(*loaded.snapshot, *pieces.snapshot).empty(), "the same in pieces");
  const policy::Tenant added{"microsoft365", policy::TenantKind::name, "fuzz.onmicrosoft.com"};
  const auto blocked = store::block(text, *loaded.snapshot, {added});
  if (blocked) {
    const store::Loaded after = store::load_toml(blocked->text, "policy.toml", {});
    fuzz::must(after.snapshot != nullptr, "an edited policy is a policy");
  }
  if (loaded.snapshot->senders().empty()) return 0;
  const std::string& name = loaded.snapshot->senders().front().name;
  const auto allowed = store::allow(text, *loaded.snapshot, name, {{added, {}, ""}});
  if (!allowed) return 0;
  const store::Loaded after = store::load_toml(allowed->text, "policy.toml", {});
  fuzz::must(after.snapshot != nullptr, "an edited policy is a policy");
  fuzz::must(store::differences(*loaded.snapshot, *after.snapshot).size() <= 1, "one change");
  return 0;
}
