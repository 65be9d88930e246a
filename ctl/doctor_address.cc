// SPDX-License-Identifier: BSD-2-Clause
// Where an entry of smtpd_milters leads: compared with the daemon's socket by meaning.
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "ctl/doctor_postfix.h"
#include "util/format.h"
#include "util/text.h"

namespace ctl::doctor {

namespace {

using evidence::Endpoint;
using util::format;

namespace fs = std::filesystem;

// The path behind "unix:"; nothing where it is another kind.
std::optional<std::string> unix_path(const std::string& socket) {
  for (const std::string_view prefix : {"unix:", "local:"}) {
    if (socket.starts_with(prefix)) return socket.substr(prefix.size());
  }
  return std::nullopt;
}

fs::path below(const std::string& directory, const std::string& path) {
  return fs::path(directory) / path.substr(std::min(path.find_first_not_of('/'), path.size()));
}

// By what the file system says, as far as there is something.
bool is_same(const fs::path& a, const fs::path& b) {
  std::error_code error;
  const fs::path real_a = fs::weakly_canonical(a, error);
  if (error) return a.lexically_normal() == b.lexically_normal();
  const fs::path real_b = fs::weakly_canonical(b, error);
  return error ? a.lexically_normal() == b.lexically_normal() : real_a == real_b;
}

bool is_below(const fs::path& path, const std::string& directory) {
  std::error_code error;
  const fs::path relative =
      fs::weakly_canonical(path, error).lexically_relative(fs::weakly_canonical(directory, error));
  return !relative.empty() && *relative.begin() != "..";
}

Meant unix_meaning(const std::string& path, const std::string& ours, const std::string& queue,
                   bool is_chrooted) {
  const fs::path in_queue = below(queue, path);
  const bool is_absolute = path.starts_with('/');
  if (is_same(is_chrooted || !is_absolute ? in_queue : fs::path(path), ours)) return Meant::ours;
  const bool is_named = is_same(in_queue, ours) || (is_absolute && is_same(path, ours));
  if (!is_named) return Meant::other;
  return is_chrooted && !is_below(ours, queue) ? Meant::outside_chroot : Meant::misaddressed;
}

// HOST and PORT of "inet:HOST:PORT" or "inet:PORT"; of "inet:PORT@HOST" as well, which is
// the daemon's way to say it and leads nowhere here.
struct Inet {
  std::string host;
  std::string port;
  bool is_misspelt = false;
};

std::optional<Inet> parse_inet(const std::string& socket) {
  const std::string_view prefix = "inet:";
  if (!socket.starts_with(prefix)) {
    const auto daemon = Endpoint::parse(socket);
    if (!daemon || daemon->is_unix()) return std::nullopt;
    return Inet{daemon->host, daemon->port, true};
  }
  if (const auto daemon = Endpoint::parse(socket)) return Inet{daemon->host, daemon->port, true};
  std::string host = socket.substr(prefix.size());
  const auto colon = host.rfind(':');
  if (colon == std::string::npos) return Inet{"localhost", host};
  std::string port = host.substr(colon + 1);
  host.resize(colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return Inet{host.empty() ? "localhost" : host, port};
}

// The addresses and ports of a host, as bytes.
std::set<std::string> addresses_of(const Endpoint& endpoint) {
  std::set<std::string> found;
  const auto resolved = evidence::resolve(endpoint);
  if (!resolved) return found;
  for (const addrinfo* one = resolved->get(); one != nullptr; one = one->ai_next)
    found.emplace(reinterpret_cast<const char*>(one->ai_addr), one->ai_addrlen);
  return found;
}

bool is_same_inet(const Inet& theirs, const Endpoint& ours) {
  if (is_wildcard(ours.host)) return theirs.port == ours.port;  // whichever name this host has
  if (theirs.port == ours.port && util::ascii_iequals(theirs.host, ours.host)) return true;
  const auto a = addresses_of({{}, AF_UNSPEC, theirs.host, theirs.port});
  const auto b = addresses_of(ours);
  return std::any_of(a.begin(), a.end(), [&](const std::string& one) { return b.contains(one); });
}

}  // namespace

Meant Look::meaning(const Milter& milter, bool is_chrooted) const {
  if (const auto path = unix_path(milter.socket)) {
    return endpoint.is_unix()
               ? unix_meaning(*path, endpoint.path, postfix.value("queue_directory"), is_chrooted)
               : Meant::other;
  }
  const auto inet = parse_inet(milter.socket);
  if (!inet || endpoint.is_unix() || !is_same_inet(*inet, endpoint)) return Meant::other;
  return inet->is_misspelt ? Meant::misaddressed : Meant::ours;
}

std::optional<Attached> Look::attached(const Service& service) const {
  Attached found{&service, parse_milters(service.value("smtpd_milters")), 0, Meant::other};
  for (std::size_t i = 0; i < found.milters.size(); ++i) {
    const Meant meant = meaning(found.milters[i], postfix.is_chrooted(service));
    if (meant == Meant::other) continue;
    // An entry that works counts before one that does not.
    if (found.meant == Meant::other || meant == Meant::ours) {
      found.index = i;
      found.meant = meant;
    }
    if (meant == Meant::ours) break;
  }
  if (found.meant == Meant::other) return std::nullopt;
  return found;
}

std::string Look::written() const {
  if (!endpoint.is_unix()) {
    const bool is_v6 = endpoint.family == AF_INET6;
    const std::string host = !is_wildcard(endpoint.host) ? endpoint.host
                             : is_v6                     ? "::1"
                                                         : "127.0.0.1";
    return is_v6 ? format("inet:[{}]:{}", host, endpoint.port)
                 : format("inet:{}:{}", host, endpoint.port);
  }
  const std::string& queue = postfix.value("queue_directory");
  if (!is_below(endpoint.path, queue)) return "unix:" + endpoint.path;
  std::error_code error;
  return "unix:" + fs::weakly_canonical(endpoint.path, error)
                       .lexically_relative(fs::weakly_canonical(queue, error))
                       .string();
}

}  // namespace ctl::doctor
