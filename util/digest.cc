// SPDX-License-Identifier: BSD-2-Clause
#include "util/digest.h"

#include <openssl/sha.h>

#include "util/format.h"

namespace util {

std::string short_digest(std::string_view text) {
  constexpr std::size_t shown_octets = 8;
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  std::string hex;
  for (std::size_t i = 0; i < shown_octets; ++i) hex += util::format("{:02x}", digest[i]);
  return hex;
}

}  // namespace util
