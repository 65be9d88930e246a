// SPDX-License-Identifier: BSD-2-Clause
#include "util/digest.h"

#include <openssl/evp.h>

#include <new>

#include "util/format.h"
#include "util/handle.h"

namespace util {

namespace {

using Context = Handle<EVP_MD_CTX, EVP_MD_CTX_free>;

// With good arguments they fail for want of memory alone.
void must(int done) {
  if (done != 1) throw std::bad_alloc();
}

}  // namespace

std::string short_digest(std::string_view text) { return short_digest({text}); }

std::string short_digest(std::initializer_list<std::string_view> texts) {
  constexpr std::size_t shown_octets = 8;
  unsigned char digest[EVP_MAX_MD_SIZE];
  const Context context(EVP_MD_CTX_new());
  must(context != nullptr ? 1 : 0);
  must(EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr));
  for (const std::string_view text : texts)
    must(EVP_DigestUpdate(context.get(), text.data(), text.size()));
  must(EVP_DigestFinal_ex(context.get(), digest, nullptr));
  std::string hex;
  for (std::size_t i = 0; i < shown_octets; ++i) hex += util::format("{:02x}", digest[i]);
  return hex;
}

}  // namespace util
