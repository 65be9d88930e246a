// SPDX-License-Identifier: BSD-2-Clause
#include "ctl/proposal.h"

#include <algorithm>
#include <map>
#include <set>

#include "ctl/own_networks.h"
#include "ctl/table.h"
#include "policy/domain.h"
#include "policy/store/store.h"
#include "util/format.h"
#include "util/psl.h"
#include "util/text.h"

namespace ctl {

namespace {

using Outcome = Proposal::Outcome;
using policy::Network;
using policy::Platform;
using policy::PlatformKind;
using util::format;

constexpr std::string_view keys_below = "._domainkey.";
constexpr std::string_view salesforce_keys = ".custdkim.salesforce.com";
constexpr std::string_view google_selector = "google";

// Keys of newer tenants: selector1-contoso-com._domainkey.TENANT.n-v1.dkim.mail.microsoft
struct NewerKeys {
  std::string_view suffix;
  std::string_view tenant_suffix;
};
constexpr NewerKeys newer_keys{".dkim.mail.microsoft", "onmicrosoft.com"};

// Where mail for a domain comes in says what its owner uses.
struct ExchangerHint {
  std::string_view suffix;
  PlatformKind kind;
};
constexpr ExchangerHint exchanger_hints[] = {
    {".mail.protection.outlook.com", PlatformKind::microsoft365},
    {".mail.protection.office365.us", PlatformKind::microsoft365},
    {".mail.protection.partner.outlook.cn", PlatformKind::microsoft365},
    {".mx.microsoft", PlatformKind::microsoft365},
    {".google.com", PlatformKind::google},
    {".googlemail.com", PlatformKind::google},
};

// The text after `marker`, "" where it is not there.
std::string_view after(std::string_view text, std::string_view marker) {
  const auto at = text.find(marker);
  return at == std::string_view::npos ? "" : text.substr(at + marker.size());
}

class Proposer {
 public:
  Proposer(const Discovered& found, const std::vector<Platform>& platforms)
      : found_(found), platforms_(platforms) {
    proposal_.domain = found.domain;
  }

  Proposal run() {
    const std::string organisation = util::organisational_domain(found_.domain, {});
    proposal_.name = {std::string(util::split(organisation, '.').front()), Sureness::guess,
                      "the label of the organisation's domain"};
    if (organisation.empty()) proposal_.name.value = found_.domain;
    if (!found_.failures.empty())
      return none(Outcome::no_answer, "no answer to " + joined(found_.failures, ", "));
    if (!found_.exists) return none(Outcome::no_such_name, "does not exist in DNS");
    proposal_.spf = found_.spf.nodes;
    for (const Selector& selector : found_.selectors) read(selector);
    add_networks();
    if (found_.spf.passes_all)
      note("its SPF lets everybody pass (+all), so it says nothing: spf stays off");
    else
      for (PlatformProposal& platform : proposal_.platforms) require_spf(platform);
    align();
    add_hints();
    if (!found_.spf.failures.empty()) {
      proposal_.is_incomplete = true;
      note("not all of the SPF record could be read: DNS gave no answer");
    }
    return judged();
  }

 private:
  Proposal none(Outcome outcome, std::string why) {
    proposal_.outcome = outcome;
    proposal_.why = std::move(why);
    proposal_.is_incomplete = outcome == Outcome::no_answer;
    return std::move(proposal_);
  }

  void note(std::string text) { proposal_.notes.push_back(std::move(text)); }

  PlatformProposal& on(const std::string& platform) {
    for (PlatformProposal& one : proposal_.platforms) {
      if (one.platform == platform) return one;
    }
    return proposal_.platforms.emplace_back(PlatformProposal{.platform = platform});
  }

  std::string place_of(const Selector& selector) const {
    return format("{}._domainkey.{}", selector.name, found_.domain);
  }

  // --- tenants and keys

  void read(const Selector& selector) {
    bool is_known = false;
    for (const std::string& alias : selector.aliases) {
      if (alias.ends_with(salesforce_keys)) {
        note_salesforce(selector, alias);
        is_known = true;
      } else if (!is_known) {
        is_known = read_microsoft(selector, alias);
      }
    }
    if (is_known) return;
    if (selector.name == google_selector && selector.has_key) return read_google(selector);
    note(format("{} {} that names no tenant", place_of(selector),
                selector.has_key ? "has a key" : "is an alias without a key"));
  }

  bool read_microsoft(const Selector& selector, const std::string& alias) {
    const std::string_view name = after(alias, keys_below);
    for (const Platform& platform : platforms_) {
      if (platform.kind != PlatformKind::microsoft365 || platform.dkim_suffix.empty()) continue;
      if (policy::is_below(name, platform.dkim_suffix))
        return add_microsoft(platform, std::string(name), Sureness::sure, selector, alias);
      if (platform.dkim_suffix != newer_keys.tenant_suffix || !name.ends_with(newer_keys.suffix))
        continue;
      const auto labels = util::split(name.substr(0, name.size() - newer_keys.suffix.size()), '.');
      if (labels.size() == 2)
        return add_microsoft(platform, format("{}.{}", labels[0], platform.dkim_suffix),
                             Sureness::probable, selector, alias);
    }
    return false;
  }

  bool add_microsoft(const Platform& platform, const std::string& name, Sureness sureness,
                     const Selector& selector, const std::string& alias) {
    const auto tenant = policy::canonical_tenant(platform, name);
    if (!tenant) return false;
    PlatformProposal& proposed = on(platform.name);
    const std::string value = tenant->to_string();
    const bool is_listed = std::any_of(proposed.tenants.begin(), proposed.tenants.end(),
                                       [&](const Statement& one) { return one.value == value; });
    if (!is_listed)
      proposed.tenants.push_back(
          {value, sureness, format("CNAME {} {}", place_of(selector), alias)});
    if (selector.has_key) require_dkim(proposed, selector, Sureness::sure);
    if (!selector.has_key)
      note(
          format("{} leads to no key: DKIM is not switched on there, or its other selector is used",
                 place_of(selector)));
    return true;
  }

  void read_google(const Selector& selector) {
    const auto platform =
        std::find_if(platforms_.begin(), platforms_.end(),
                     [](const Platform& one) { return one.kind == PlatformKind::google; });
    if (platform == platforms_.end()) return;
    const auto tenant = policy::canonical_tenant(*platform, found_.domain);
    if (!tenant) return;
    const bool is_used = uses(PlatformKind::google) || !way_through(*platform).empty();
    const Sureness sureness = is_used ? Sureness::sure : Sureness::probable;
    PlatformProposal& proposed = on(platform->name);
    proposed.tenants.push_back(
        {tenant->to_string(), sureness,
         format("TXT {}, a key{}", place_of(selector), is_used ? ", and MX or SPF" : "")});
    require_dkim(proposed, selector, sureness);
  }

  void note_salesforce(const Selector& selector, const std::string& alias) {
    if (std::exchange(has_salesforce_, true)) return;
    note(format("CNAME {} {}: Salesforce signs for the domain (sure)", place_of(selector), alias));
    note("its organisation id is not in DNS: ask for it, and list it in tenants as");
    note("  \"salesforce:ORGANISATION-ID\", with [sender.platform.salesforce] spf = \"off\"");
  }

  void require_dkim(PlatformProposal& platform, const Selector& selector, Sureness sureness) {
    if (!platform.dkim)
      platform.dkim = {"aligned", sureness, format("TXT {}, a key", place_of(selector))};
  }

  // --- SPF

  // The term of the domain's own record that lets the whole platform pass; "" for none.
  std::string way_through(const Platform& platform) const {
    for (const SpfIncluded& included : found_.spf.included) {
      if (std::find(platform.spf.begin(), platform.spf.end(), included.domain) !=
          platform.spf.end())
        return included.via.empty() ? "the record itself" : included.via;
    }
    std::string via;
    for (const Network& network : platform.networks) {
      const SpfNetwork* passing = passing_of(network);
      if (passing == nullptr) return "";
      if (via.empty()) via = passing->via;
    }
    return via;
  }

  const SpfNetwork* passing_of(const Network& network) const {
    for (const SpfNetwork& one : found_.spf.networks) {
      if (one.network.prefix() <= network.prefix() && one.network.overlaps(network)) return &one;
    }
    return nullptr;
  }

  void require_spf(PlatformProposal& proposed) {
    const auto platform = std::find_if(platforms_.begin(), platforms_.end(), [&](const auto& one) {
      return one.name == proposed.platform;
    });
    const std::string via = platform == platforms_.end() ? "" : way_through(*platform);
    if (via.empty())
      note(
          format("its SPF does not let all networks of {} pass: spf stays off", proposed.platform));
    else
      proposed.spf = {"aligned", Sureness::sure,
                      format("TXT {}: {} lets {} pass", found_.domain, via, proposed.platform)};
  }

  void align() {
    if (!found_.dmarc) return;
    const Dmarc& dmarc = *found_.dmarc;
    auto any_has = [&](auto setting) {
      return std::any_of(proposal_.platforms.begin(), proposal_.platforms.end(),
                         [&](const PlatformProposal& one) { return (one.*setting).has_value(); });
    };
    auto strict = [&](std::string_view tag) {
      return Statement{"strict", Sureness::sure, format("TXT _dmarc.{}: {}=s", dmarc.at, tag)};
    };
    if (dmarc.strict_spf && any_has(&PlatformProposal::spf))
      proposal_.spf_alignment = strict("aspf");
    if (dmarc.strict_dkim && any_has(&PlatformProposal::dkim))
      proposal_.dkim_alignment = strict("adkim");
    note(format("TXT _dmarc.{}: p={}", dmarc.at, dmarc.policy));
  }

  // --- networks

  void add_networks() {
    for (const OwnNetwork& one : own_networks(found_.spf, platforms_)) {
      const std::string text = one.network.to_string();
      if (one.problem.empty())
        proposal_.networks.push_back(
            {text, Sureness::guess, format("TXT {}: its own servers?", found_.domain)});
      else
        note(format("not proposed: {} of its SPF, {}", text, one.problem));
    }
  }

  // --- what else

  const std::string* exchanger_of(PlatformKind kind) const {
    for (const std::string& exchanger : found_.mx) {
      for (const ExchangerHint& hint : exchanger_hints) {
        if (hint.kind == kind && exchanger.ends_with(hint.suffix)) return &exchanger;
      }
    }
    return nullptr;
  }

  bool uses(PlatformKind kind) const { return exchanger_of(kind) != nullptr; }

  bool has_tenant_of(PlatformKind kind) const {
    return std::any_of(
        proposal_.platforms.begin(), proposal_.platforms.end(), [&](const auto& one) {
          return std::any_of(platforms_.begin(), platforms_.end(), [&](const Platform& platform) {
            return platform.name == one.platform && platform.kind == kind;
          });
        });
  }

  void add_hints() {
    const std::string* exchanger = exchanger_of(PlatformKind::microsoft365);
    if (has_tenant_of(PlatformKind::microsoft365)) {
      note("ask for the tenant's GUID and list it too: two stamps that agree say more than one");
    } else if (exchanger != nullptr || !found_.verifications.empty()) {
      note(format("{} {}: Microsoft 365 is used (probable), and no record names the tenant",
                  exchanger != nullptr ? "MX" : "TXT",
                  exchanger != nullptr ? *exchanger : found_.verifications.front()));
      note("ask for the tenant's name below onmicrosoft.com and its GUID");
    }
    exchanger = exchanger_of(PlatformKind::google);
    if (exchanger != nullptr && !has_tenant_of(PlatformKind::google))
      note(
          format("MX {}: Google Workspace is used (probable), without a key at google._domainkey: "
                 "ask whether mail leaves by it, and list \"google:{}\" then",
                 *exchanger, found_.domain));
  }

  // What is proposed is a good policy by itself.
  Proposal judged() {
    if (proposal_.platforms.empty() && proposal_.networks.empty())
      return none(Outcome::no_way_in,
                  "no way in can be proposed: no record names a tenant, and its SPF no network of "
                  "its own");
    for (const auto& finding :
         store::load_toml("version = 1\n" + to_toml(proposal_), "", {}).findings) {
      if (finding.severity == store::Finding::Severity::error)
        return none(Outcome::no_way_in, "no entry can be proposed: found " + finding.found);
    }
    return std::move(proposal_);
  }

  const Discovered& found_;
  const std::vector<Platform>& platforms_;
  Proposal proposal_;
  bool has_salesforce_ = false;
};

// The label alone belongs to the first domain that has it.
void make_unique(std::vector<Proposal>& proposals) {
  std::set<std::string> taken;
  for (Proposal& one : proposals) {
    if (!taken.insert(one.name.value).second) {
      one.name.value = one.domain;
      one.name.rests_on = "the domain: its organisation's label is another entry's";
      taken.insert(one.name.value);
    }
  }
}

// An entry whose domain has another entry's below it must delegate to it.
void delegate(std::vector<Proposal>& proposals) {
  std::map<std::string, Proposal*, std::less<>> entries;
  for (Proposal& one : proposals) {
    if (one.outcome == Outcome::entry) entries.emplace(one.domain, &one);
  }
  for (const auto& [domain, child] : entries) {
    for (auto name = policy::parent_of(domain); !name.empty(); name = policy::parent_of(name)) {
      const auto parent = entries.find(name);
      if (parent != entries.end())
        parent->second->delegates.push_back(
            {child->name.value, Sureness::sure, format("{} is below {}", domain, name)});
    }
  }
}

}  // namespace

std::vector<Proposal> propose(const std::vector<Discovered>& domains,
                              const std::vector<Platform>& platforms) {
  std::vector<Proposal> proposals;
  for (const Discovered& found : domains) proposals.push_back(Proposer(found, platforms).run());
  make_unique(proposals);
  delegate(proposals);
  return proposals;
}

}  // namespace ctl
