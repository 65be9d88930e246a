// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/dns_record.h"

#include "util/format.h"
#include "util/text.h"

namespace evidence {

namespace {

std::optional<std::string> joined_strings(std::string_view rdata) {
  std::string text;
  while (!rdata.empty()) {
    const auto length = static_cast<unsigned char>(rdata.front());
    if (length >= rdata.size()) return std::nullopt;
    text += rdata.substr(1, length);
    rdata.remove_prefix(1u + length);
  }
  return text;
}

}  // namespace

std::optional<std::string> presented_name(std::string_view wire) {
  std::string name;
  while (!wire.empty()) {
    const auto length = static_cast<unsigned char>(wire.front());
    wire.remove_prefix(1);
    if (length == 0) return name;
    if (length > 63 || length > wire.size()) return std::nullopt;
    if (!name.empty()) name.push_back('.');
    for (const char raw : wire.substr(0, length)) {
      const char c = raw >= 'A' && raw <= 'Z' ? static_cast<char>(raw + 32) : raw;
      const bool is_plain = (c >= 'a' && c <= 'z') || util::is_digit(c) || c == '-' || c == '_';
      name += is_plain ? std::string(1, c) : util::format("\\{:03}", static_cast<unsigned char>(c));
    }
    wire.remove_prefix(length);
  }
  return std::nullopt;
}

void add_record(DnsAnswer& answer, RecordType type, std::string_view rdata) {
  switch (type) {
    case RecordType::a:
    case RecordType::aaaa:
      if (rdata.size() == (type == RecordType::a ? 4u : 16u)) answer.data.emplace_back(rdata);
      return;
    case RecordType::txt:
      if (auto text = joined_strings(rdata)) answer.data.push_back(std::move(*text));
      return;
    case RecordType::cname:
    case RecordType::ptr:
      if (auto name = presented_name(rdata)) answer.data.push_back(std::move(*name));
      return;
    case RecordType::mx: {
      if (rdata.size() < 3) return;
      auto name = presented_name(rdata.substr(2));
      if (!name) return;
      const auto high = static_cast<unsigned char>(rdata[0]);
      const auto low = static_cast<unsigned char>(rdata[1]);
      answer.preferences.push_back(static_cast<std::uint16_t>(high << 8 | low));
      answer.data.push_back(std::move(*name));
      return;
    }
  }
}

}  // namespace evidence
