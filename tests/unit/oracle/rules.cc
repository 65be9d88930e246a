// SPDX-License-Identifier: BSD-2-Clause
// The table. A row: of which check, for whom, what holds, and what is then said.
// Of a check's rows the first that holds names its reason.
#include "tests/unit/oracle/rules.h"

#include <algorithm>

#include "tests/unit/oracle/facts.h"

namespace oracle {
namespace {

using policy::Entity;
using policy::Known;
using policy::Reason;
using policy::Requirement;
using policy::SpfResult;
using policy::TenantSource;

enum class For {
  everybody,
  platform,  // those that came in by a platform (spec 4)
  way,       // ... of one that stamps the way
  spf,       // ... an author's, whose SPF is required
  dkim,      // ... an author's, whose DKIM is required
};

struct Row {
  int check;
  For whom;
  bool (*holds)(const Case& c);
  Reason reason;
  policy::ReplyCode code = {};  // empty: the reason's own
};

bool entity_is(const Case& c, Entity entity) {
  return lower(c.e.entity.value) == lower(std::string(name_of(entity, policy::entity_names)));
}

bool entity_known(const Case& c) {
  return entity_is(c, Entity::hosted) || entity_is(c, Entity::hybrid_on_prem) ||
         entity_is(c, Entity::internet);
}

bool entity_refused(const Case& c) {
  for (const Entity entity : {Entity::hosted, Entity::hybrid_on_prem, Entity::internet}) {
    if (entity_is(c, entity)) return !accepts(c, entity);
  }
  return false;
}

bool from_foreign_premises(const Case& c) {
  const auto& allowed = c.sender().hybrid_sources;
  if (!entity_is(c, Entity::hybrid_on_prem) || allowed.empty()) return false;
  return !c.e.connecting.count || !c.e.connecting.ip ||
         std::none_of(allowed.begin(), allowed.end(),
                      [&](auto& net) { return net.contains(*c.e.connecting.ip); });
}

bool foreign_connection(const Case& c) {
  const auto* id = stamped(c, TenantSource::crosstenant_id);
  return c.e.connecting.count && !(id && id->value == c.e.connecting.guid) &&
         !listed_guid(c, c.e.connecting.guid);
}

template <class Test>
bool any_source(const Case& c, Test test) {
  const auto all = sources(c);
  return std::any_of(all.begin(), all.end(), test);
}

template <class Test>
bool any_field(const Case& c, Test test) {
  return std::any_of(c.e.tenant_fields.begin(), c.e.tenant_fields.end(),
                     [&](auto& f) { return stamped(c, f.source) == &f && test(f); });
}

bool lacks_a_kind(const Case& c) {
  if (c.sender().tenant_evidence != policy::TenantEvidence::all) return false;
  return std::any_of(policy::tenant_sources.begin(), policy::tenant_sources.end(), [&](auto& kind) {
    return can_be_evidence(c, kind.source) && lists_explicitly(c, kind.source) &&
           !any_source(c, [&](auto& s) { return s.source == kind.source && is_listed(c, s); });
  });
}

bool spf_is(const Case& c, SpfResult result) {
  return c.e.spf.state == Known::known && c.e.spf.result == result;
}

template <class Test>
bool any_suffix_signature(const Case& c, Test test) {
  const auto all = suffix_signatures(c);
  return std::any_of(all.begin(), all.end(), test);
}

// clang-format off
const Row rows[] = {
    {3, For::everybody, [](const Case& c) { return way_in(c) == Way::none; }, Reason::origin_denied},

    {4, For::platform, [](const Case& c) { return sources(c).empty(); }, Reason::tenant_missing},

    {5, For::platform, [](const Case& c) { return any_field(c, [](auto& f) { return f.malformed; }); }, Reason::tenant_conflict},
    {5, For::platform, [](const Case& c) { return any_field(c, [](auto& f) { return f.contradictory; }); }, Reason::tenant_conflict},
    {5, For::way, [](const Case& c) { return c.e.connecting.malformed; }, Reason::tenant_conflict},
    {5, For::way, [](const Case& c) { return c.e.connecting.contradictory; }, Reason::tenant_conflict},
    {5, For::platform, suffix_crowded, Reason::tenant_conflict},

    {6, For::platform, [](const Case& c) { return any_source(c, [&](auto& s) { return is_blocked(c, s.source, s.value); }); }, Reason::tenant_blocked},
    {6, For::way, [](const Case& c) { return c.e.connecting.count && is_blocked(c, TenantSource::crosstenant_id, c.e.connecting.guid); }, Reason::tenant_blocked},

    {7, For::platform, [](const Case& c) { return any_source(c, [&](auto& s) { return lists_values_for(c, s.source) && !is_listed(c, s); }); }, Reason::tenant_denied},
    {7, For::platform, [](const Case& c) { return !any_source(c, [&](auto& s) { return is_listed(c, s); }); }, Reason::tenant_denied},
    {7, For::platform, lacks_a_kind, Reason::tenant_denied},

    {8, For::way, [](const Case& c) { return c.e.entity.count == 0 && !accepts(c, Entity::unstamped); }, Reason::tenant_transit},
    {8, For::way, [](const Case& c) { return c.e.entity.count > 1; }, Reason::tenant_transit},
    {8, For::way, [](const Case& c) { return c.e.entity.count == 1 && !entity_known(c); }, Reason::tenant_transit},
    {8, For::way, [](const Case& c) { return c.e.entity.count == 1 && entity_refused(c); }, Reason::tenant_transit},
    {8, For::way, foreign_connection, Reason::tenant_transit},
    {8, For::way, [](const Case& c) { return c.e.entity.count == 1 && from_foreign_premises(c); }, Reason::tenant_transit},

    {9, For::spf, [](const Case& c) { return spf_is(c, SpfResult::permerror); }, Reason::spf_failed, policy::spf_permerror_code},
    {9, For::spf, [](const Case& c) { return !spf_is(c, SpfResult::pass); }, Reason::spf_failed},
    {9, For::spf, [](const Case& c) { return settings(c).spf == Requirement::aligned && !envelope_aligned(c); }, Reason::spf_unaligned},

    {10, For::dkim, [](const Case& c) { return furthest(c) == Far::missing; }, Reason::dkim_missing},
    {10, For::dkim, [](const Case& c) { return furthest(c) == Far::failed; }, Reason::dkim_failed},
    {10, For::dkim, [](const Case& c) { return furthest(c) == Far::unacceptable; }, Reason::dkim_unacceptable},
    {10, For::dkim, [](const Case& c) { return furthest(c) == Far::unaligned; }, Reason::dkim_unaligned},

    {11, For::platform, [](const Case& c) { return any_suffix_signature(c, [&](auto& s) { return is_blocked(c, s.source, s.value); }); }, Reason::tenant_blocked},
    {11, For::platform, [](const Case& c) { return !c.role.forwarder && lists_under_suffix(c) && any_suffix_signature(c, [&](auto& s) { return !is_listed(c, s); }); }, Reason::tenant_denied},
};
// clang-format on

bool concerned(const Case& c, For whom) {
  if (whom == For::everybody) return true;
  if (way_in(c) != Way::platform) return false;
  switch (whom) {
    case For::way:
      return stamps_the_way(c);
    case For::spf:
      return c.role.author && !c.e.null_sender && settings(c).spf != Requirement::off;
    case For::dkim:
      return c.role.author && settings(c).dkim != Requirement::off;
    default:
      return true;
  }
}

}  // namespace

std::vector<Failure> failures(int check, const Case& c) {
  std::vector<Failure> all;
  for (const Row& row : rows) {
    if (row.check != check || !concerned(c, row.whom) || !row.holds(c)) continue;
    const bool own = row.code == policy::ReplyCode{};
    all.push_back({row.reason, own ? policy::info(row.reason).code : row.code});
  }
  return all;
}

bool names_the_sender(const Case& c) {
  return std::none_of(std::begin(rows), std::end(rows),
                      [&](const Row& row) { return row.check == 7 && row.holds(c); });
}

}  // namespace oracle
