// SPDX-License-Identifier: BSD-2-Clause
// Addresses and networks. An IPv4-mapped IPv6 address is IPv4 (spec 2.1).
// Values; no look-ups.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace policy {

class Address {
 public:
  // Dotted quad or RFC 4291 text, without brackets or zone. Nothing else.
  static std::optional<Address> parse(std::string_view text);
  static Address v4(std::array<std::uint8_t, 4> octets);
  static Address v6(std::array<std::uint8_t, 16> octets);  // a mapped one becomes IPv4

  bool is_v4() const { return v4_; }
  int bits() const { return v4_ ? 32 : 128; }
  // The octets in network order: the first 4 of an IPv4 address, else all 16.
  const std::array<std::uint8_t, 16>& octets() const { return octets_; }
  std::string to_string() const;

  auto operator<=>(const Address&) const = default;

 private:
  Address() = default;
  bool v4_ = true;
  std::array<std::uint8_t, 16> octets_{};
};

class Network {
 public:
  // "ADDRESS/PREFIX" or an address alone (a host). Nothing where the text is no
  // network, or where bits below the prefix are set.
  static std::optional<Network> parse(std::string_view text);
  Network(const Address& base, int prefix);  // bits below the prefix are cleared

  const Address& base() const { return base_; }
  int prefix() const { return prefix_; }
  bool contains(const Address& address) const;
  bool overlaps(const Network& other) const;
  std::string to_string() const;

  auto operator<=>(const Network&) const = default;

 private:
  Address base_;
  int prefix_;
};

}  // namespace policy
