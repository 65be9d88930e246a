// SPDX-License-Identifier: BSD-2-Clause
// Answers of DNS for tests.
#pragma once

#include <memory>
#include <string>

#include "milter/evidence/dns.h"

namespace answers {

// One TXT record.
inline evidence::DnsAnswerPtr text(const std::string& data) {
  auto answer = std::make_shared<evidence::DnsAnswer>();
  answer->outcome = evidence::DnsAnswer::Outcome::records;
  answer->data = {data};
  return answer;
}

}  // namespace answers
