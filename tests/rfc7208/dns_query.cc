// SPDX-License-Identifier: BSD-2-Clause
// Asks the daemon's resolver. Each line of standard input is "name TAB type" or more
// pairs of these, asked before the first is waited for; a field more, "end", ends the
// resolver once they are asked. For each question one line: outcome, flight, TTL, data
// in presentation form, between tabs; `flight` is the index of the line's first question
// that shares its flight.
#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <map>

#include "tests/rfc7208/query.h"
#include "util/format.h"

namespace {

using evidence::DnsAnswer;
using evidence::Flight;
using evidence::Question;
using evidence::RecordType;

const std::map<std::string, RecordType> types{
    {"A", RecordType::a},   {"AAAA", RecordType::aaaa}, {"CNAME", RecordType::cname},
    {"MX", RecordType::mx}, {"PTR", RecordType::ptr},   {"TXT", RecordType::txt}};
constexpr std::array<std::string_view, 4> outcome_names{"records", "no_data", "no_such_name",
                                                        "failure"};
// Longer than any time-out of a test: past it a flight is lost.
constexpr std::chrono::seconds patience{30};

std::string shown_data(const DnsAnswer& answer, std::size_t index, RecordType type) {
  const std::string& data = answer.data[index];
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (type == RecordType::a || type == RecordType::aaaa)
    return ::inet_ntop(type == RecordType::a ? AF_INET : AF_INET6, data.data(), text.data(),
                       text.size());
  return type == RecordType::mx ? util::format("{} {}", answer.preferences.at(index), data) : data;
}

evidence::DnsAnswerPtr awaited(Flight& flight) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  const auto bell = std::make_shared<evidence::Bell>();
  flight.listen(bell);
  bell->wait_past(0, deadline);
  return flight.answer();
}

bool ask_all(const std::vector<std::string>& fields,
             std::unique_ptr<evidence::Resolver>& resolver) {
  std::vector<std::shared_ptr<Flight>> flights;
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2)
    flights.push_back(resolver->ask({fields[i], types.at(fields[i + 1])}, {}));
  if (fields.size() % 2 == 1) resolver.reset();
  for (std::size_t i = 0; i < flights.size(); ++i) {
    const auto answer = awaited(*flights[i]);
    if (!answer) return false;
    const auto first = std::find(flights.begin(), flights.end(), flights[i]) - flights.begin();
    std::cout << outcome_names[static_cast<std::size_t>(answer->outcome)] << '\t' << first << '\t'
              << answer->ttl;
    for (std::size_t n = 0; n < answer->data.size(); ++n)
      std::cout << '\t' << query::encoded(shown_data(*answer, n, types.at(fields[2 * i + 1])));
    std::cout << std::endl;
  }
  return true;
}

}  // namespace

int main(int count, char** words) {
  auto resolver = query::resolver_of(count, words);
  if (!resolver) return 78;
  while (const auto fields = query::read_fields()) {
    if (resolver && ask_all(*fields, resolver)) continue;
    std::cerr << "a flight never landed\n";
    return 70;
  }
  return 0;
}
