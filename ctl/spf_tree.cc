// SPDX-License-Identifier: BSD-2-Clause
#include "ctl/spf_tree.h"

#include <algorithm>

#include "milter/evidence/spf_record.h"
#include "util/format.h"
#include "util/idna.h"

namespace ctl {

namespace {

using evidence::DnsAnswer;
using evidence::SpfTerm;
using Mechanism = SpfTerm::Mechanism;

constexpr int most_depth = 10;
constexpr std::size_t most_records = 50;

std::string spelled(const SpfTerm& term) {
  const std::string qualifier = term.qualifier == '+' ? "" : std::string(1, term.qualifier);
  switch (term.mechanism) {
    case Mechanism::include:
      return util::format("{}include:{}", qualifier, term.domain_spec);
    case Mechanism::redirect:
      return util::format("redirect={}", term.domain_spec);
    default:
      return util::format("{}{}", qualifier, term.network ? term.network->to_string() : "");
  }
}

class Walk {
 public:
  explicit Walk(const Ask& ask) : ask_(ask) {}

  // How a record is reached.
  struct Way {
    std::string term;
    std::string via;      // the term of the first record
    bool passes = true;   // every qualifier on the way is "+"
    bool is_own = false;  // the first record, or what it is redirected to below its own name
  };

  void read(const std::string& domain, const Way& way) {
    SpfNode node{.depth = static_cast<int>(path_.size()), .term = way.term, .domain = domain};
    const auto terms = terms_of(domain, node);
    tree_.nodes.push_back(std::move(node));
    if (!terms) return;
    if (way.passes) tree_.included.push_back({domain, way.via});
    path_.push_back(domain);
    for (const SpfTerm& term : *terms) {
      read(term, way, domain);
      if (term.mechanism == Mechanism::all) break;  // what follows is never reached
    }
    path_.pop_back();
  }

  SpfTree take() { return std::move(tree_); }

 private:
  void read(const SpfTerm& term, const Way& way, const std::string& domain) {
    const bool passes = way.passes && term.qualifier == '+';
    const std::string name = spelled(term);
    const std::string& via = way.via.empty() ? name : way.via;
    switch (term.mechanism) {
      case Mechanism::all:
        tree_.passes_all |= passes;
        return;
      case Mechanism::ip4:
      case Mechanism::ip6:
        if (passes && term.network) tree_.networks.push_back({*term.network, via, way.is_own});
        return;
      case Mechanism::include:
        return follow(term, {name, via, passes, false});
      case Mechanism::redirect:
        return follow(term,
                      {name, via, passes, way.is_own && term.domain_spec.ends_with("." + domain)});
      default:
        return;
    }
  }

  void follow(const SpfTerm& term, const Way& way) {
    if (const auto domain = util::lookup_form(term.domain_spec);
        domain && term.domain_spec.find('%') == std::string::npos)
      return read(domain->ends_with('.') ? domain->substr(0, domain->size() - 1) : *domain, way);
    tree_.nodes.push_back({.depth = static_cast<int>(path_.size()),
                           .term = way.term,
                           .domain = term.domain_spec,
                           .problem = "depends on the message (macros)"});
  }

  std::optional<std::vector<SpfTerm>> terms_of(const std::string& domain, SpfNode& node) {
    if (std::find(path_.begin(), path_.end(), domain) != path_.end())
      node.problem = "a loop: it is included by itself";
    else if (node.depth > most_depth)
      node.problem = util::format("not read: more than {} deep", most_depth);
    else if (records_ >= most_records)
      node.problem = util::format("not read: more than {} records", most_records);
    if (!node.problem.empty()) return std::nullopt;
    ++records_;
    return parsed(ask_({domain, evidence::RecordType::txt}), node);
  }

  std::optional<std::vector<SpfTerm>> parsed(const evidence::DnsAnswerPtr& answer, SpfNode& node) {
    if (answer->outcome == DnsAnswer::Outcome::failure) {
      tree_.failures.push_back(node.domain);
      node.problem = "DNS gave no answer";
      return std::nullopt;
    }
    std::size_t count = 0;
    for (const std::string& text : answer->data) {
      if (!evidence::is_spf_record(text)) continue;
      node.record = text;
      ++count;
    }
    if (count == 0) node.problem = "no SPF record";
    if (count > 1) node.problem = "several SPF records, so none counts";
    if (count != 1) {
      node.record.clear();
      return std::nullopt;
    }
    auto terms = evidence::parse_spf_record(node.record);
    if (!terms) {
      node.problem = "malformed: " + node.record;
      node.record.clear();
    }
    return terms;
  }

  const Ask& ask_;
  SpfTree tree_;
  std::vector<std::string> path_;
  std::size_t records_ = 0;
};

}  // namespace

SpfTree read_spf_tree(const std::string& domain, const Ask& ask) {
  Walk walk(ask);
  walk.read(domain, {.is_own = true});
  return walk.take();
}

}  // namespace ctl
