// SPDX-License-Identifier: BSD-2-Clause
// The socket that the MTA connects to, as --socket names it (spec 8): unix:/PATH,
// inet:PORT@HOST or inet6:PORT@HOST. Values; any thread.
#pragma once

#include <netdb.h>

#include <optional>
#include <string>
#include <string_view>

#include "util/handle.h"
#include "util/result.h"

namespace evidence {

struct Endpoint {
  std::string path;  // of a unix socket; else ""
  int family = 0;    // AF_UNIX, AF_INET or AF_INET6
  std::string host;
  std::string port;

  // Nothing where the text is none of the three forms.
  static std::optional<Endpoint> parse(std::string_view text);
  bool is_unix() const { return !path.empty(); }
};

using AddressInfo = util::Handle<addrinfo, freeaddrinfo>;

// The addresses of an inet endpoint, never empty. An error says why there is none.
util::Result<AddressInfo> resolve(const Endpoint& endpoint);

// A socket connected to the endpoint, non-blocking; the connection may still be under
// way. None, with errno, where it can't be begun.
util::Descriptor begin_connect(const Endpoint& endpoint);

}  // namespace evidence
