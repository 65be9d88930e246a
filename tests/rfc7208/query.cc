// SPDX-License-Identifier: BSD-2-Clause
#include "tests/rfc7208/query.h"

#include <cstdlib>
#include <iostream>

#include "milter/evidence/resolver.h"
#include "util/arguments.h"
#include "util/format.h"
#include "util/text.h"

namespace query {

namespace {

constexpr util::Flag flags[] = {
    {0, "nameserver", "ADDR@PORT", true, ""},
    {0, "timeout", "SECONDS", false, ""},
    {0, "cache-bytes", "BYTES", false, ""},
};

}  // namespace

std::unique_ptr<evidence::Resolver> resolver_of(int count, char** words) {
  const auto arguments = util::parse_arguments({words + 1, words + count}, flags, false);
  if (!arguments) {
    std::cerr << arguments.error().text << "\n";
    return nullptr;
  }
  evidence::ResolverOptions options;
  options.nameservers = arguments->values("nameserver");
  const double seconds = std::strtod(arguments->value("timeout", "5").c_str(), nullptr);
  options.timeout = std::chrono::milliseconds(static_cast<int>(seconds * 1000));
  if (arguments->has("cache-bytes"))
    options.cache_bytes = std::strtoul(arguments->value("cache-bytes").c_str(), nullptr, 10);
  auto resolver = evidence::make_resolver(options);
  if (resolver) return std::move(*resolver);
  std::cerr << resolver.error().text << "\n";
  return nullptr;
}

std::optional<std::vector<std::string>> read_fields() {
  std::string line;
  if (!std::getline(std::cin, line)) return std::nullopt;
  std::vector<std::string> fields;
  for (const std::string_view part : util::split(line, '\t')) {
    auto field = util::decoded_xtext(part);
    if (!field) {
      std::cerr << "not xtext: " << line << "\n";
      std::exit(64);
    }
    fields.push_back(std::move(*field));
  }
  return fields;
}

std::string encoded(std::string_view field) {
  std::string text;
  for (const char c : field) {
    const bool is_plain = c > ' ' && c <= '~' && c != '+' && c != '=';
    text += is_plain ? std::string(1, c) : util::format("+{:02X}", static_cast<unsigned char>(c));
  }
  return text;
}

}  // namespace query
