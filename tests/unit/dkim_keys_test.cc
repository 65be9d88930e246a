// SPDX-License-Identifier: BSD-2-Clause
// Keys that are parsed once: through the function that libopendkim calls.
#include "milter/evidence/dkim_keys.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "util/handle.h"

namespace {

using Key = util::Handle<EVP_PKEY, EVP_PKEY_free>;

// A new key as DER, as a record has it.
std::string made_key() {
  const Key key(EVP_EC_gen("P-256"));
  unsigned char* text = nullptr;
  const int size = i2d_PUBKEY(key.get(), &text);
  std::string der(reinterpret_cast<char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  return der;
}

Key read(const std::string& der) {
  const util::Handle<BIO, BIO_free_all> source(
      BIO_new_mem_buf(der.data(), static_cast<int>(der.size())));
  return Key(d2i_PUBKEY_bio(source.get(), nullptr));
}

}  // namespace

TEST_CASE("a key that was parsed before is the same one") {
  evidence::keep_public_keys(10);
  const std::string der = made_key();
  const Key first = read(der);
  REQUIRE(first != nullptr);
  const std::size_t kept = evidence::kept_public_keys();
  CHECK(read(der).get() == first.get());
  CHECK(evidence::kept_public_keys() == kept);
  const std::string other = made_key();
  CHECK(read(other).get() != first.get());
  CHECK(EVP_PKEY_eq(read(other).get(), first.get()) == 0);
}

TEST_CASE("what is no key is none, and is not kept") {
  evidence::keep_public_keys(10);
  const std::size_t kept = evidence::kept_public_keys();
  std::string der = made_key();
  for (const std::string& text : {std::string(), std::string("x"), der.substr(0, 20)})
    CHECK(read(text) == nullptr);
  CHECK(evidence::kept_public_keys() == kept);
}

TEST_CASE("the oldest key goes first, and lives on where it is used") {
  evidence::keep_public_keys(3);
  const std::string der = made_key();
  const Key held = read(der);
  for (int i = 0; i < 5; ++i) CHECK(read(made_key()) != nullptr);
  CHECK(evidence::kept_public_keys() == 3);
  CHECK(EVP_PKEY_get_bits(held.get()) == 256);
  CHECK(EVP_PKEY_eq(read(der).get(), held.get()) == 1);
}

TEST_CASE("threads share keys") {
  evidence::keep_public_keys(4);
  std::vector<std::string> ders;
  for (int i = 0; i < 8; ++i) ders.push_back(made_key());
  std::vector<std::thread> threads;
  std::atomic<int> missing{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 400; ++i) {
        if (read(ders[static_cast<std::size_t>(i) % ders.size()]) == nullptr) ++missing;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(missing == 0);
}
