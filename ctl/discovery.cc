// SPDX-License-Identifier: BSD-2-Clause
#include "ctl/discovery.h"

#include <algorithm>
#include <array>

#include "ctl/waiting_dns.h"
#include "util/format.h"
#include "util/psl.h"
#include "util/text.h"

namespace ctl {

namespace {

using evidence::DnsAnswer;
using evidence::DnsAnswerPtr;
using evidence::Question;
using evidence::RecordType;

constexpr std::array<std::string_view, 10> selectors{
    "selector1",   "selector2", "google", "salesforce", "salesforce1",
    "salesforce2", "sf",        "sf1",    "sf2",        "sfdc"};
constexpr std::size_t most_aliases = 10;
constexpr std::string_view microsoft_verification = "MS=ms";

std::string shown_question(const Question& question) {
  const char* type = question.type == RecordType::mx      ? "MX"
                     : question.type == RecordType::cname ? "CNAME"
                                                          : "TXT";
  return util::format("{} {}", type, question.name);
}

// The value of a tag in a list of tag=value (RFC 6376 3.2), as it stands.
std::optional<std::string> tag(std::string_view list, std::string_view name) {
  for (const std::string_view part : util::split(list, ';')) {
    const auto equals = part.find('=');
    if (equals == std::string_view::npos) continue;
    if (util::ascii_iequals(util::trimmed(part.substr(0, equals)), name))
      return std::string(util::trimmed(part.substr(equals + 1)));
  }
  return std::nullopt;
}

// RFC 6376 3.6.1: an empty p= is a key that was withdrawn.
bool is_key(std::string_view text) {
  return tag(text, "v").value_or("DKIM1") == "DKIM1" && !tag(text, "p").value_or("").empty();
}

class Discovery {
 public:
  Discovery(const std::string& domain, evidence::Resolver& resolver,
            std::chrono::milliseconds budget)
      : dns_(resolver, budget) {
    found_.domain = domain;
  }

  Discovered run() {
    const DnsAnswerPtr texts = own({found_.domain, RecordType::txt});
    const DnsAnswerPtr exchangers = own({found_.domain, RecordType::mx});
    found_.exists = texts->outcome != DnsAnswer::Outcome::no_such_name;
    if (!found_.exists) return std::move(found_);
    for (const std::string& text : texts->data) {
      if (text.starts_with(microsoft_verification)) found_.verifications.push_back(text);
    }
    found_.mx = exchangers->data;
    std::sort(found_.mx.begin(), found_.mx.end());
    read_dmarc();
    for (const std::string_view selector : selectors) read_selector(selector);
    found_.spf =
        read_spf_tree(found_.domain, [this](const Question& one) { return dns_.answer(one); });
    return std::move(found_);
  }

 private:
  static std::string place_of(std::string_view selector, const std::string& domain) {
    return util::format("{}._domainkey.{}", selector, domain);
  }

  // An answer without which nothing can be proposed.
  DnsAnswerPtr own(const Question& question) {
    DnsAnswerPtr known = dns_.answer(question);
    if (known->outcome == DnsAnswer::Outcome::failure)
      found_.failures.push_back(shown_question(question));
    return known;
  }

  void read_dmarc() {
    if (read_dmarc_at(found_.domain)) return;
    const std::string organisation = util::organisational_domain(found_.domain, {});
    if (!organisation.empty() && organisation != found_.domain) read_dmarc_at(organisation);
  }

  // RFC 7489 6.6.3: several records are none.
  bool read_dmarc_at(const std::string& domain) {
    std::vector<std::string> records;
    for (const std::string& text : own({"_dmarc." + domain, RecordType::txt})->data) {
      if (tag(text, "v") == "DMARC1") records.push_back(text);
    }
    if (records.size() != 1) return false;
    const std::string& record = records.front();
    auto is_strict = [&](std::string_view name) {
      return util::ascii_iequals(tag(record, name).value_or("r"), "s");
    };
    found_.dmarc = Dmarc{.at = domain,
                         .policy = tag(record, "p").value_or("none"),
                         .strict_spf = is_strict("aspf"),
                         .strict_dkim = is_strict("adkim")};
    return true;
  }

  void read_selector(std::string_view name) {
    Selector selector{.name = std::string(name)};
    const std::string place = place_of(name, found_.domain);
    const DnsAnswerPtr keys = own({place, RecordType::txt});
    selector.has_key = std::any_of(keys->data.begin(), keys->data.end(), is_key);
    DnsAnswerPtr alias = own({place, RecordType::cname});
    while (!alias->data.empty() && selector.aliases.size() < most_aliases) {
      selector.aliases.push_back(alias->data.front());
      alias = dns_.answer({selector.aliases.back(), RecordType::cname});
    }
    if (selector.has_key || !selector.aliases.empty())
      found_.selectors.push_back(std::move(selector));
  }

  WaitingDns dns_;
  Discovered found_;
};

}  // namespace

Discovered discover(const std::string& domain, evidence::Resolver& resolver,
                    std::chrono::milliseconds budget) {
  return Discovery(domain, resolver, budget).run();
}

}  // namespace ctl
