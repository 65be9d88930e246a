// SPDX-License-Identifier: BSD-2-Clause
#include "milter/privileges.h"

#include <cap-ng.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "util/format.h"
#include "util/log.h"

namespace milter {

namespace {

constexpr int exit_config = 78;

// Beside the MTA's connections: the resolver's sockets, logs, libraries.
constexpr rlim_t other_descriptors = 2048;

util::Error faulty(const std::string& user, std::string_view why) {
  return {util::format("--user: found \"{}\": {}", user, why), exit_config};
}

}  // namespace

util::Result<SystemIdentity> find_identity(const std::string& user) {
  const auto colon = user.find(':');
  SystemIdentity identity;
  identity.name = user.substr(0, colon);
  const passwd* entry = ::getpwnam(identity.name.c_str());
  if (entry == nullptr) return faulty(user, "there is no such user");
  identity.uid = entry->pw_uid;
  identity.gid = entry->pw_gid;
  if (colon != std::string::npos) {
    const group* named = ::getgrnam(user.substr(colon + 1).c_str());
    if (named == nullptr) return faulty(user, "there is no such group");
    identity.gid = named->gr_gid;
  }
  return identity;
}

namespace {

// Groups, group and user, in this order: each takes the right to the next.
bool become(const SystemIdentity& identity) {
  if (::geteuid() == identity.uid && ::getegid() == identity.gid) return true;
  return ::initgroups(identity.name.c_str(), identity.gid) == 0 &&
         ::setresgid(identity.gid, identity.gid, identity.gid) == 0 &&
         ::setresuid(identity.uid, identity.uid, identity.uid) == 0;
}

// What a service manager may have handed down beside the user. Where there is nothing, nothing
// is asked for: its filter may forbid to ask.
bool drop_capabilities() {
  if (capng_get_caps_process() != 0) return false;
  if (capng_have_capabilities(CAPNG_SELECT_CAPS) == CAPNG_NONE) return true;
  capng_clear(CAPNG_SELECT_CAPS);
  return capng_apply(CAPNG_SELECT_CAPS) == 0;
}

}  // namespace

util::Status drop_privileges(const SystemIdentity& identity) {
  // The bounding set is root's to empty; where it can't, no_new_privs makes it idle.
  capng_clear(CAPNG_SELECT_BOUNDS);
  if (::geteuid() == 0) capng_apply(CAPNG_SELECT_BOUNDS);
  if (!become(identity))
    return faulty(identity.name,
                  util::format("privileges can't be dropped to it: {}", std::strerror(errno)));
  if (identity.uid != 0 && ::setuid(0) == 0)
    return faulty(identity.name, "privileges could be regained after they were dropped");
  if (identity.uid != 0 && !drop_capabilities())
    return faulty(identity.name, "capabilities can't be dropped");
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return util::Done{};
}

void raise_descriptor_limit(std::size_t connections) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = connections + other_descriptors;
  if (limit.rlim_cur >= wanted) return;
  const rlimit raised{wanted, std::max(limit.rlim_max, wanted)};
  const rlimit as_far_as_allowed{std::min(limit.rlim_max, wanted), limit.rlim_max};
  if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) return;
  if (::setrlimit(RLIMIT_NOFILE, &as_far_as_allowed) == 0 && as_far_as_allowed.rlim_cur == wanted)
    return;
  util::log(util::LogLevel::warning,
            util::format("only {} open files are allowed; --max-connections={} wants {}",
                         as_far_as_allowed.rlim_cur, connections, wanted));
}

}  // namespace milter
