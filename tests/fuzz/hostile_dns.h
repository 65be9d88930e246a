// SPDX-License-Identifier: BSD-2-Clause
// A resolver whose every answer is made of the input, and lands at once.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "milter/evidence/dns.h"
#include "tests/fuzz/fuzz.h"

namespace fuzz {

class HostileDns : public evidence::Resolver {
 public:
  explicit HostileDns(Input& input) : input_(input) {}

  std::shared_ptr<evidence::Flight> ask(const evidence::Question& question,
                                        const evidence::Asker&) override {
    auto& flight = flights_[question];
    if (flight == nullptr) {
      flight = std::make_shared<evidence::Flight>();
      flight->land(answer_to(question));
    }
    return flight;
  }

 private:
  evidence::DnsAnswerPtr answer_to(const evidence::Question& question) {
    using evidence::DnsAnswer;
    auto answer = std::make_shared<DnsAnswer>();
    const unsigned what = input_.byte();
    answer->outcome = static_cast<DnsAnswer::Outcome>(what % 4);
    answer->secure = (what & 4) != 0;
    const unsigned count = 1 + (what >> 3) % 4;
    if (answer->outcome != DnsAnswer::Outcome::records) return answer;
    for (unsigned i = 0; i < count; ++i) {
      answer->data.push_back(record(question.type));
      if (question.type == evidence::RecordType::mx)
        answer->preferences.push_back(static_cast<std::uint16_t>(i));
    }
    return answer;
  }

  std::string record(evidence::RecordType type) {
    std::string data = input_.line();
    if (type == evidence::RecordType::a) data.resize(4);
    if (type == evidence::RecordType::aaaa) data.resize(16);
    return data;
  }

  Input& input_;
  std::map<evidence::Question, std::shared_ptr<evidence::Flight>> flights_;
};

}  // namespace fuzz
