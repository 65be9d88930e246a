// SPDX-License-Identifier: BSD-2-Clause
// Macros of SPF (RFC 7208 7). Pure; any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "policy/network.h"

namespace evidence {

// RFC 7208 7.1: a text of the grammar's macro-string; and one that ends as a
// domain-spec must.
bool is_macro_string(std::string_view text);
bool is_domain_spec(std::string_view text);

// What macros stand for (RFC 7208 7.2).
struct SpfMacros {
  std::string local_part;
  std::string sender_domain;
  std::string domain;
  std::string helo;
  policy::Address client;
  std::function<std::optional<std::string>()> validated_name;  // %{p}; nothing: not yet known
};

// A domain-spec with its macros expanded. Nothing where %{p} is not yet known.
std::optional<std::string> expand_macros(std::string_view domain_spec, const SpfMacros& macros);

// The address as dot-separated labels: 192.0.2.1, or 32 nibbles (RFC 7208 7.3, "i").
std::string dotted(const policy::Address& address);

// Dot-separated parts from last to first.
std::string reversed(std::string_view name);

}  // namespace evidence
