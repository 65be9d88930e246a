// SPDX-License-Identifier: BSD-2-Clause
#include "milter/privileges.h"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "util/format.h"

namespace milter {

namespace {

constexpr int exit_config = 78;

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

util::Status drop_privileges(const SystemIdentity& identity) {
  const bool is_already = ::geteuid() == identity.uid && ::getegid() == identity.gid;
  if (!is_already && (::initgroups(identity.name.c_str(), identity.gid) != 0 ||
                      ::setresgid(identity.gid, identity.gid, identity.gid) != 0 ||
                      ::setresuid(identity.uid, identity.uid, identity.uid) != 0))
    return faulty(identity.name,
                  util::format("privileges can't be dropped to it: {}", std::strerror(errno)));
  if (identity.uid != 0 && ::setuid(0) == 0)
    return faulty(identity.name, "privileges could be regained after they were dropped");
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return util::Done{};
}

}  // namespace milter
