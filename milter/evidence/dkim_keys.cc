// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/dkim_keys.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <array>
#include <deque>
#include <string>
#include <unordered_map>

#include "util/crypto_memory.h"
#include "util/guarded.h"
#include "util/handle.h"

namespace evidence {

namespace {

using Key = util::Handle<EVP_PKEY, EVP_PKEY_free>;

struct Keys {
  std::size_t most = 0;
  std::unordered_map<std::string, Key> by_text;  // DER
  std::deque<std::string> order;                 // as they were made
};

util::Guarded<Keys>& keys() {
  static auto* const kept = new util::Guarded<Keys>;  // for the process: threads end after main
  return *kept;
}

EVP_PKEY* shared(EVP_PKEY* key) { return EVP_PKEY_up_ref(key) == 1 ? key : nullptr; }

std::string all_of(BIO* source) {
  std::string text;
  std::array<char, 4096> buffer;
  std::size_t got = 0;
  while (BIO_read_ex(source, buffer.data(), buffer.size(), &got) == 1)
    text.append(buffer.data(), got);
  return text;
}

EVP_PKEY* find(const std::string& text) {
  return keys().with([&](Keys& kept) -> EVP_PKEY* {
    const auto known = kept.by_text.find(text);
    return known == kept.by_text.end() ? nullptr : shared(known->second.get());
  });
}

void keep(const std::string& text, EVP_PKEY* key) {
  keys().with([&](Keys& kept) {
    if (kept.most == 0 || shared(key) == nullptr) return;
    Key held(key);
    if (!kept.by_text.emplace(text, std::move(held)).second) return;
    kept.order.push_back(text);
    while (kept.order.size() > kept.most) {
      kept.by_text.erase(kept.order.front());
      kept.order.pop_front();
    }
  });
}

EVP_PKEY* public_key(BIO* source) {
  const std::string text = all_of(source);
  if (EVP_PKEY* const known = find(text)) return known;
  const auto* from = reinterpret_cast<const unsigned char*>(text.data());
  Key made(d2i_PUBKEY(nullptr, &from, static_cast<long>(text.size())));
  if (made) keep(text, made.get());
  return made.release();
}

}  // namespace

void keep_public_keys(std::size_t most) {
  keys().with([&](Keys& kept) { kept.most = most; });
}

std::size_t kept_public_keys() {
  return keys().with([](const Keys& kept) { return kept.by_text.size(); });
}

}  // namespace evidence

// OpenSSL's, with its contract: null where it is no key.
extern "C" EVP_PKEY* d2i_PUBKEY_bio(BIO* source, EVP_PKEY** into) {
  EVP_PKEY* key = nullptr;
  try {
    key = evidence::public_key(source);
  } catch (...) {
    util::note_out_of_memory();  // libopendkim calls it a bad key
    return nullptr;
  }
  if (into != nullptr && key != nullptr) {
    EVP_PKEY_free(*into);
    *into = key;
  }
  return key;
}
