// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/endpoint.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <charconv>
#include <cstring>

namespace evidence {

namespace {

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

util::Descriptor connecting(int family, const sockaddr* address, socklen_t size) {
  util::Descriptor descriptor(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (descriptor && ::connect(descriptor.get(), address, size) != 0 && errno != EINPROGRESS)
    descriptor = util::Descriptor();
  return descriptor;
}

}  // namespace

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
  constexpr std::string_view unix_prefix = "unix:";
  if (text.starts_with(unix_prefix)) {
    const std::string_view path = text.substr(unix_prefix.size());
    if (!path.starts_with('/')) return std::nullopt;
    return Endpoint{std::string(path), AF_UNIX, {}, {}};
  }
  const auto colon = text.find(':');
  const auto at = text.find('@');
  if (colon == std::string_view::npos || at == std::string_view::npos || at < colon)
    return std::nullopt;
  const std::string_view kind = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1, at - colon - 1);
  const std::string_view host = text.substr(at + 1);
  if ((kind != "inet" && kind != "inet6") || !is_port(port) || host.empty()) return std::nullopt;
  return Endpoint{{}, kind == "inet6" ? AF_INET6 : AF_INET, std::string(host), std::string(port)};
}

util::Result<AddressInfo> resolve(const Endpoint& endpoint) {
  addrinfo hints{};
  hints.ai_family = endpoint.family;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(endpoint.host.c_str(), endpoint.port.c_str(), &hints, &found);
  AddressInfo owned(found);
  if (failed != 0) return util::Error{std::string("no such host: ") + gai_strerror(failed)};
  return owned;
}

util::Descriptor begin_connect(const Endpoint& endpoint) {
  if (!endpoint.is_unix()) {
    const auto addresses = resolve(endpoint);
    if (!addresses) {
      errno = EHOSTUNREACH;
      return {};
    }
    const addrinfo& first = **addresses;
    return connecting(first.ai_family, first.ai_addr, first.ai_addrlen);
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (endpoint.path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return {};
  }
  std::memcpy(address.sun_path, endpoint.path.data(), endpoint.path.size());
  return connecting(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

}  // namespace evidence
