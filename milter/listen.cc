// SPDX-License-Identifier: BSD-2-Clause
#include "milter/listen.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "milter/callbacks.h"
#include "milter/evidence/endpoint.h"
#include "milter/privileges.h"
#include "util/format.h"
#include "util/handle.h"

namespace milter {

namespace {

using evidence::Endpoint;
using util::Descriptor;
using util::Done;
using util::Error;
using util::format;
using util::Status;

constexpr int exit_unavailable = 69;

Error unavailable(const std::string& socket, const std::string& why) {
  return {format("{}: {}", socket, why), exit_unavailable};
}

Status check_path(const std::string& socket, const Endpoint& endpoint) {
  const std::string& path = endpoint.path;
  struct stat status {};
  if (path.size() >= sizeof sockaddr_un::sun_path)
    return unavailable(socket, format("the path is longer than {} bytes; choose a shorter one",
                                      sizeof sockaddr_un::sun_path - 1));
  if (::lstat(path.c_str(), &status) != 0) return Done{};
  if (!S_ISSOCK(status.st_mode))
    return unavailable(socket,
                       "there is a file that is no socket; remove it or choose another "
                       "--socket");
  // EAGAIN: served, with too many waiting already.
  if (evidence::begin_connect(endpoint) || errno == EAGAIN)
    return unavailable(socket,
                       "in use: a process serves it already; stop that or choose another "
                       "--socket");
  return Done{};
}

// Whether the address can be bound; libmilter keeps the cause to itself.
Status check_inet(const std::string& socket, const Endpoint& endpoint) {
  const auto addresses = evidence::resolve(endpoint);
  if (!addresses) return unavailable(socket, addresses.error().text);
  const addrinfo& found = **addresses;
  const Descriptor probe(
      ::socket(found.ai_family, found.ai_socktype | SOCK_CLOEXEC, found.ai_protocol));
  const int yes = 1;
  if (probe) ::setsockopt(probe.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (probe && ::bind(probe.get(), found.ai_addr, found.ai_addrlen) == 0) return Done{};
  const char* remedy = errno == EADDRINUSE
                           ? "stop what listens there or choose another --socket"
                           : "choose an address of this host, and a port that may be opened";
  return unavailable(socket, format("{}; {}", std::strerror(errno), remedy));
}

// In a directory with the set-group-ID bit a socket has the right group from the start, and
// neither root nor membership of it is needed.
bool has_owner(const std::string& path, uid_t owner, gid_t group) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 &&
         (owner == static_cast<uid_t>(-1) || status.st_uid == owner) &&
         (group == static_cast<gid_t>(-1) || status.st_gid == group);
}

Status set_rights(const evidence::Settings& settings, const std::string& path) {
  if (::chmod(path.c_str(), settings.socket_mode) != 0)
    return unavailable(settings.socket, format("chmod: {}", std::strerror(errno)));
  gid_t group = static_cast<gid_t>(-1);
  if (!settings.socket_group.empty()) {
    const struct group* entry = ::getgrnam(settings.socket_group.c_str());
    if (entry == nullptr)
      return unavailable(settings.socket,
                         format("--socket-group: there is no group \"{}\"", settings.socket_group));
    group = entry->gr_gid;
  } else if (!settings.user.empty()) {
    const auto identity = find_identity(settings.user);
    if (!identity) return identity.error();
    group = identity->gid;
  }
  uid_t owner = static_cast<uid_t>(-1);
  if (!settings.user.empty() && ::geteuid() == 0) {
    const auto identity = find_identity(settings.user);
    if (!identity) return identity.error();
    owner = identity->uid;
  }
  if (has_owner(path, owner, group)) return Done{};
  if (::chown(path.c_str(), owner, group) != 0)
    return unavailable(settings.socket,
                       format("the group can't be set: {}; start as root or as a member of the "
                              "group, or give the directory that group and the set-group-ID bit",
                              std::strerror(errno)));
  return Done{};
}

// The descriptors of this process that accept connections.
template <class Use>
void each_listening(Use use) {
  const util::Handle<DIR, closedir> directory(::opendir("/proc/self/fd"));
  if (!directory) return;
  while (const dirent* entry = ::readdir(directory.get())) {
    const int fd = std::atoi(entry->d_name);
    int accepts = 0;
    socklen_t size = sizeof accepts;
    if (fd > 2 && ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &size) == 0 && accepts != 0)
      use(fd);
  }
}

}  // namespace

Status open_listener(const evidence::Settings& settings) {
  const auto endpoint = Endpoint::parse(settings.socket);
  if (!endpoint) return unavailable(settings.socket, "no socket");
  const Status free = endpoint->is_unix() ? check_path(settings.socket, *endpoint)
                                          : check_inet(settings.socket, *endpoint);
  if (!free) return free;
  // Nobody may connect before the mode and the group are right.
  const mode_t old_mask = ::umask(0177);
  const Status opened = open_socket(settings.socket);
  ::umask(old_mask);
  if (!opened)
    return unavailable(settings.socket,
                       format("can't be opened: {}; the directory must exist and be writable",
                              opened.error().text));
  return endpoint->is_unix() ? set_rights(settings, endpoint->path) : Done{};
}

void close_listener(const std::string& socket) {
  // A listening socket that nobody knows takes the place of ours under the same
  // number: the kernel refuses whoever comes, libmilter polls on in peace.
  each_listening([](int fd) {
    sockaddr_un unnamed{};
    unnamed.sun_family = AF_UNIX;
    const Descriptor other(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    // Only the family is given: the kernel chooses an abstract name (unix(7)).
    if (other &&
        ::bind(other.get(), reinterpret_cast<const sockaddr*>(&unnamed), sizeof(sa_family_t)) ==
            0 &&
        ::listen(other.get(), 1) == 0)
      ::dup3(other.get(), fd, O_CLOEXEC);
  });
  const auto endpoint = Endpoint::parse(socket);
  if (endpoint && endpoint->is_unix()) ::unlink(endpoint->path.c_str());
}

}  // namespace milter
