// SPDX-License-Identifier: BSD-2-Clause
// milter/evidence/spf, spf_results: a result is given again only where client, domain and every
// answer are the same.
#include "milter/evidence/spf_results.h"

#include <catch2/catch.hpp>

#include "milter/evidence/spf.h"
#include "tests/unit/answers.h"

using answers::text;
using evidence::DnsAnswer;
using evidence::DnsAnswerPtr;
using evidence::Flight;
using evidence::MessageDns;
using evidence::Question;
using evidence::RecordType;
using evidence::SpfResults;
using policy::Address;
using policy::SpfResult;

namespace {

// Knows some answers, the same object each time; of all others, that there is no such name.
class Table final : public evidence::Resolver {
 public:
  std::shared_ptr<Flight> ask(const Question& question, const evidence::Asker&) override {
    asked.push_back(question.name);
    const auto known = answers.find(question.name);
    auto flight = std::make_shared<Flight>();
    if (known != answers.end() && question.type == RecordType::txt)
      flight->land(known->second);
    else
      flight->land(absent);
    return flight;
  }
  std::map<std::string, DnsAnswerPtr> answers;
  std::vector<std::string> asked;

 private:
  static DnsAnswerPtr no_such_name() {
    auto answer = std::make_shared<DnsAnswer>();
    answer->outcome = DnsAnswer::Outcome::no_such_name;
    return answer;
  }
  DnsAnswerPtr absent = no_such_name();
};

const Address client = *Address::parse("192.0.2.1");
const SpfResults::Key key{client, "contoso.example"};
const Question question{"contoso.example", RecordType::txt};
const policy::Spf pass{policy::Known::known, SpfResult::pass, "contoso.example", true};

SpfResult evaluated(Table& table, const std::string& mail_from,
                    const std::string& from = "192.0.2.1", const std::string& helo = "h.example") {
  MessageDns dns(table);
  const auto spf = evidence::evaluate_spf({*Address::parse(from), helo, mail_from}, dns);
  REQUIRE(spf.state == policy::Known::known);
  return spf.result;
}

}  // namespace

TEST_CASE("a result is kept for its client and domain") {
  Table table;
  table.answers["contoso.example"] = text("v=spf1 +all");
  SpfResults results;
  results.put(key, pass, {{question, table.answers["contoso.example"]}});
  MessageDns dns(table);
  const auto found = results.find(key, dns);
  REQUIRE(found);
  CHECK(found->result == SpfResult::pass);
  CHECK(found->secure);
  CHECK(table.asked == std::vector<std::string>{"contoso.example"});
  CHECK_FALSE(results.find({*Address::parse("192.0.2.2"), "contoso.example"}, dns));
  CHECK_FALSE(results.find({*Address::parse("2001:db8::1"), "contoso.example"}, dns));
  CHECK_FALSE(results.find({client, "fabrikam.example"}, dns));
}

TEST_CASE("another answer ends it, though it says the same") {
  Table table;
  table.answers["contoso.example"] = text("v=spf1 +all");
  SpfResults results;
  results.put(key, pass, {{question, text("v=spf1 +all")}});
  MessageDns dns(table);
  CHECK_FALSE(results.find(key, dns));
}

TEST_CASE("large answers, and many, are not kept") {
  Table table;
  const DnsAnswerPtr large = text(std::string(5000, 'x'));
  const DnsAnswerPtr small = text("v=spf1 -all");
  SpfResults results;
  MessageDns dns(table);
  table.answers["contoso.example"] = large;
  results.put(key, pass, {{question, large}});
  CHECK_FALSE(results.find(key, dns));
  results.put(key, pass, SpfResults::Asked(21, {question, small}));
  CHECK_FALSE(results.find(key, dns));
}

TEST_CASE("the results that are kept are bounded") {
  Table table;
  const DnsAnswerPtr answer = table.answers["contoso.example"] = text("v=spf1 +all");
  SpfResults results;
  constexpr std::size_t many = 20'000;
  for (std::size_t i = 0; i < many; ++i)
    results.put({client, std::to_string(i) + ".example"}, pass, {{question, answer}});
  CHECK(answer.use_count() < 5000);
  MessageDns dns(table);
  CHECK(results.find({client, std::to_string(many - 1) + ".example"}, dns));
}

TEST_CASE("an evaluation again follows what DNS says now") {
  Table table;
  table.answers["one.example"] = text("v=spf1 include:two.example -all");
  table.answers["two.example"] = text("v=spf1 ip4:192.0.2.1 -all");
  CHECK(evaluated(table, "a@one.example") == SpfResult::pass);
  CHECK(evaluated(table, "b@one.example") == SpfResult::pass);
  CHECK(evaluated(table, "a@one.example", "192.0.2.9") == SpfResult::fail);
  table.answers["two.example"] = text("v=spf1 -all");
  CHECK(evaluated(table, "a@one.example") == SpfResult::fail);
  table.answers.erase("one.example");
  CHECK(evaluated(table, "a@one.example") == SpfResult::none);
}

TEST_CASE("what macros go by is never taken from another message") {
  Table table;
  table.answers["macro.example"] = text("v=spf1 include:%{l}.macro.example -all");
  table.answers["good.macro.example"] = text("v=spf1 +all");
  table.answers["bad.macro.example"] = text("v=spf1 -all");
  table.answers["helo.example"] = text("v=spf1 include:%{h}.helo.example -all");
  table.answers["good.helo.example"] = text("v=spf1 +all");
  table.answers["bad.helo.example"] = text("v=spf1 -all");
  for (int i = 0; i < 2; ++i) {
    CHECK(evaluated(table, "good@macro.example") == SpfResult::pass);
    CHECK(evaluated(table, "bad@macro.example") == SpfResult::fail);
    CHECK(evaluated(table, "a@helo.example", "192.0.2.1", "good") == SpfResult::pass);
    CHECK(evaluated(table, "a@helo.example", "192.0.2.1", "bad") == SpfResult::fail);
  }
}
