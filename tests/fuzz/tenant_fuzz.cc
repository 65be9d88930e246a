// SPDX-License-Identifier: BSD-2-Clause
// Tenant header values, by every platform: a canonical form is its own, and no two spellings
// that are read differ in more than case, braces or a checksum.
#include "milter/evidence/tenant_headers.h"
#include "policy/domain.h"
#include "policy/platform.h"
#include "policy/store/store.h"
#include "tests/fuzz/fuzz.h"

namespace {

const policy::Snapshot& snapshot() {
  static const auto loaded = store::load_toml(
      "version = 1\n[platform.own]\nnetworks = [\"192.0.2.0/24\"]\ntenant-header = \"X-T\"\n"
      "tenant-dkim-suffix = \"own.example\"\n",
      "policy.toml", {});
  return *loaded.snapshot;
}

void read_as_stamps(const policy::Platform& platform, const std::string& value) {
  std::vector<evidence::HeaderField> header;
  for (const policy::StampedField& stamped : policy::stamped_fields(platform))
    header.push_back({std::string(stamped.field), " " + value});
  for (const std::string_view name :
       {policy::entity_field, policy::auth_as_field, policy::connecting_field})
    header.push_back({std::string(name), value});
  policy::Evidence evidence;
  evidence::read_tenant_headers(header, platform, evidence);
  for (const policy::TenantField& field : evidence.tenant_fields)
    fuzz::must(field.malformed == field.value.empty(), "malformed, or with a value");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string value(fuzz::text(data, size));
  for (const policy::Platform& platform : snapshot().platforms()) {
    read_as_stamps(platform, value);
    for (const policy::StampedField& stamped : policy::stamped_fields(platform)) {
      const auto tenant = policy::stamped_tenant(platform, stamped.source, value);
      if (!tenant) continue;
      const auto again = policy::stamped_tenant(platform, stamped.source, tenant->value);
      fuzz::must(again == tenant, "a canonical form is its own");
    }
    if (const auto listed = policy::canonical_tenant(platform, value))
      fuzz::must(policy::canonical_tenant(platform, listed->value) == listed,
                 "a listed form is its own");
    const auto domain = policy::canonical_domain(value);
    const auto signer = domain ? policy::dkim_tenant(platform, *domain) : std::nullopt;
    fuzz::must(!signer || !signer->value.empty(), "a signer has a name");
  }
  return 0;
}
