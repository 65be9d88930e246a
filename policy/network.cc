// SPDX-License-Identifier: BSD-2-Clause
#include "policy/network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace policy {

namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool same_prefix(const Address& a, const Address& b, int prefix) {
  const int whole = prefix / 8;
  if (std::memcmp(a.octets().data(), b.octets().data(), static_cast<std::size_t>(whole)) != 0)
    return false;
  const int rest = prefix % 8;
  if (rest == 0) return true;
  const auto at = static_cast<std::size_t>(whole);
  return ((a.octets()[at] ^ b.octets()[at]) >> (8 - rest)) == 0;
}

Address masked(const Address& address, int prefix) {
  std::array<std::uint8_t, 16> octets = address.octets();
  for (int bit = prefix; bit < address.bits(); ++bit)
    octets[static_cast<std::size_t>(bit / 8)] &= static_cast<std::uint8_t>(~(0x80 >> (bit % 8)));
  if (!address.is_v4()) return Address::v6(octets);
  return Address::v4({octets[0], octets[1], octets[2], octets[3]});
}

}  // namespace

std::optional<Address> Address::parse(std::string_view text) {
  const std::string c_text(text);  // inet_pton wants an end
  if (c_text.size() != std::strlen(c_text.c_str())) return std::nullopt;
  std::array<std::uint8_t, 4> four{};
  if (inet_pton(AF_INET, c_text.c_str(), four.data()) == 1) return v4(four);
  std::array<std::uint8_t, 16> sixteen{};
  if (inet_pton(AF_INET6, c_text.c_str(), sixteen.data()) == 1) return v6(sixteen);
  return std::nullopt;
}

Address Address::v4(std::array<std::uint8_t, 4> octets) {
  Address address;
  std::copy(octets.begin(), octets.end(), address.octets_.begin());
  return address;
}

Address Address::v6(std::array<std::uint8_t, 16> octets) {
  if (std::equal(mapped_prefix.begin(), mapped_prefix.end(), octets.begin()))
    return v4({octets[12], octets[13], octets[14], octets[15]});
  Address address;
  address.v4_ = false;
  address.octets_ = octets;
  return address;
}

std::string Address::to_string() const {
  char text[INET6_ADDRSTRLEN];
  inet_ntop(v4_ ? AF_INET : AF_INET6, octets_.data(), text, sizeof text);
  return text;
}

std::optional<Network> Network::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = Address::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == std::string_view::npos) return Network(*address, address->bits());
  const std::string_view digits = text.substr(slash + 1);
  int prefix = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
  if (error != std::errc() || end != digits.data() + digits.size() || prefix < 0 ||
      prefix > address->bits() || (digits.size() > 1 && digits[0] == '0'))
    return std::nullopt;
  const Network network(*address, prefix);
  if (network.base() != *address) return std::nullopt;
  return network;
}

Network::Network(const Address& base, int prefix) : base_(masked(base, prefix)), prefix_(prefix) {}

bool Network::contains(const Address& address) const {
  return address.is_v4() == base_.is_v4() && same_prefix(address, base_, prefix_);
}

bool Network::overlaps(const Network& other) const {
  return base_.is_v4() == other.base_.is_v4() &&
         same_prefix(base_, other.base_, std::min(prefix_, other.prefix_));
}

std::string Network::to_string() const { return base_.to_string() + "/" + std::to_string(prefix_); }

}  // namespace policy
