// SPDX-License-Identifier: BSD-2-Clause
// The wire form of DNS data, and the cache: a name has one form, an answer comes back as it
// was put in.
#include "milter/evidence/dns_cache.h"
#include "milter/evidence/dns_record.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using evidence::RecordType;
  static evidence::DnsCache cache(64 * 1024);
  const std::string_view wire = fuzz::text(data, size);
  if (const auto name = evidence::presented_name(wire)) {
    for (const char c : *name)
      fuzz::must(c > ' ' && c < 0x7f && !(c >= 'A' && c <= 'Z'), "printable and in lower case");
  }
  for (const RecordType type : {RecordType::a, RecordType::ptr, RecordType::mx, RecordType::txt,
                                RecordType::aaaa, RecordType::cname}) {
    auto answer = std::make_shared<evidence::DnsAnswer>();
    evidence::add_record(*answer, type, wire);
    fuzz::must(answer->data.size() <= 1, "a record at the most");
    fuzz::must(type != RecordType::mx || answer->preferences.size() == answer->data.size(),
               "a preference for each MX");
    answer->outcome = answer->data.empty() ? evidence::DnsAnswer::Outcome::no_data
                                           : evidence::DnsAnswer::Outcome::records;
    answer->ttl = 60;
    const evidence::Question question{std::string(wire.substr(0, 64)), type};
    const auto now = evidence::DnsCache::Time::clock::now();
    cache.put(question, answer, now);
    const auto found = cache.find(question, now);
    fuzz::must(found == nullptr || found == answer, "the answer that was put in");
    fuzz::must(cache.bytes() <= 80 * 1024, "bounded");
  }
  return 0;
}
