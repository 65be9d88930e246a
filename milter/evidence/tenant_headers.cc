// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/tenant_headers.h"

#include <optional>
#include <string>

#include "util/text.h"

namespace evidence {

namespace {

// What a stamped field says: unfolded, without the white space around it.
std::string stamped_value(const HeaderField& field) {
  const std::string flat = util::unfolded(field.value);
  std::string_view value = flat;
  while (!value.empty() && util::is_wsp(value.front())) value.remove_prefix(1);
  while (!value.empty() && util::is_wsp(value.back())) value.remove_suffix(1);
  return std::string(value);
}

policy::TenantField& field_for(policy::Evidence& evidence, policy::TenantSource source) {
  for (policy::TenantField& known : evidence.tenant_fields) {
    if (known.source == source) return known;
  }
  return evidence.tenant_fields.emplace_back(
      policy::TenantField{.source = source, .value = {}, .seen = {}});
}

// One more occurrence of a field. What is seen of them all is the first; once there is a malformed
// one, that; where two contradict each other, both.
template <class Field>
void note_occurrence(Field& field, const std::string& value, bool is_well_formed, bool agrees) {
  if (++field.count == 1) field.seen = util::shown(value);
  if (!is_well_formed) {
    if (!field.malformed) field.seen = util::shown(value);
    field.malformed = true;
  } else if (!agrees) {
    if (!field.malformed && !field.contradictory) field.seen += " and " + util::shown(value);
    field.contradictory = true;
  }
}

void read_tenant(const HeaderField& field, const policy::Platform& platform,
                 policy::TenantSource source, policy::Evidence& evidence) {
  const std::string value = stamped_value(field);
  policy::TenantField& tenant = field_for(evidence, source);
  const auto canonical = policy::stamped_tenant(platform, source, value);
  const bool is_first = tenant.value.empty();
  note_occurrence(tenant, value, canonical.has_value(),
                  canonical && (is_first || tenant.value == canonical->value));
  if (canonical && is_first) tenant.value = canonical->value;
}

// The parts of "TenantId=GUID;Ip=[ADDRESS];Helo=[NAME]" that count.
struct ConnectingParts {
  std::string guid;
  policy::Address ip;
  bool operator==(const ConnectingParts&) const = default;
};

std::optional<ConnectingParts> read_connecting(std::string_view value) {
  std::optional<std::string> guid;
  std::optional<policy::Address> ip;
  for (const std::string_view part : util::split(value, ';')) {
    const auto equals = part.find('=');
    if (equals == std::string_view::npos) continue;  // an unknown part, or none
    const std::string_view name = util::trimmed(part.substr(0, equals));
    std::string_view text = util::trimmed(part.substr(equals + 1));
    if (util::ascii_iequals(name, "TenantId")) {
      if (guid) return std::nullopt;  // once
      guid = policy::canonical_guid(text);
      if (!guid) return std::nullopt;
    } else if (util::ascii_iequals(name, "Ip")) {
      if (ip) return std::nullopt;
      if (text.size() >= 2 && text.front() == '[' && text.back() == ']')
        text = text.substr(1, text.size() - 2);
      ip = policy::Address::parse(text);
      if (!ip) return std::nullopt;
    }
  }
  if (!guid || !ip) return std::nullopt;
  return ConnectingParts{*guid, *ip};
}

void read_connecting(const HeaderField& field, policy::Evidence& evidence) {
  const std::string value = stamped_value(field);
  policy::ConnectingTenant& connecting = evidence.connecting;
  const auto parts = read_connecting(value);
  const bool is_first = connecting.guid.empty();
  note_occurrence(
      connecting, value, parts.has_value(),
      parts && (is_first || (connecting.guid == parts->guid && connecting.ip == parts->ip)));
  if (!parts || !is_first) return;
  connecting.guid = parts->guid;
  connecting.ip = parts->ip;
}

}  // namespace

void read_tenant_headers(const std::vector<HeaderField>& header, const policy::Platform& platform,
                         policy::Evidence& evidence) {
  const auto stamped = policy::stamped_fields(platform);
  for (const HeaderField& field : header) {
    for (const policy::StampedField& known : stamped) {
      if (is_field(field, known.field)) read_tenant(field, platform, known.source, evidence);
    }
    if (!policy::stamps_the_way(platform)) continue;
    if (is_field(field, policy::connecting_field)) read_connecting(field, evidence);
    if (is_field(field, policy::entity_field) && ++evidence.entity.count == 1)
      evidence.entity.value = util::shown(stamped_value(field));
    if (is_field(field, policy::auth_as_field))
      evidence.auth_as = util::shown(stamped_value(field));
  }
}

}  // namespace evidence
