// SPDX-License-Identifier: BSD-2-Clause
// Public keys, parsed once. libopendkim makes the key out of its DNS record anew for each
// signature, and OpenSSL 3 looks for a decoder each time: 40 % of what a message costs. The
// function that it calls for that (d2i_PUBKEY_bio) is defined in dkim_keys.cc, ahead of
// OpenSSL's own, and knows the keys that it has made before. Whether a record is still in force
// is asked of DNS as ever; only its parsing is spared. Any thread.
#pragma once

#include <cstddef>

namespace evidence {

// How many keys are kept; the oldest goes first.
void keep_public_keys(std::size_t most);
std::size_t kept_public_keys();

}  // namespace evidence
