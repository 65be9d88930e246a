// SPDX-License-Identifier: BSD-2-Clause
// Whether Postfix's own user may connect to the daemon's socket, as far as owner, group and
// mode say; access control lists are not looked at.
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "ctl/doctor_postfix.h"
#include "util/format.h"

namespace ctl::doctor {

namespace {

using util::format;

namespace fs = std::filesystem;

constexpr unsigned may_write = 2;
constexpr unsigned may_search = 1;

// A user with the groups that it has after initgroups(3).
struct Identity {
  std::string name;
  std::string group;
  uid_t user = 0;
  std::vector<gid_t> groups;
};

std::string group_name(gid_t group) {
  const struct group* found = ::getgrgid(group);
  return found == nullptr ? std::to_string(group) : found->gr_name;
}

std::string user_name(uid_t user) {
  const passwd* found = ::getpwuid(user);
  return found == nullptr ? std::to_string(user) : found->pw_name;
}

std::optional<Identity> identity_of(const std::string& name) {
  const passwd* found = ::getpwnam(name.c_str());
  if (found == nullptr) return std::nullopt;
  Identity identity{name, "", found->pw_uid, {}};
  const gid_t group = found->pw_gid;
  int count = 64;
  identity.groups.resize(static_cast<std::size_t>(count));
  if (::getgrouplist(name.c_str(), group, identity.groups.data(), &count) < 0) {
    identity.groups.resize(static_cast<std::size_t>(count));
    ::getgrouplist(name.c_str(), group, identity.groups.data(), &count);
  }
  identity.groups.resize(static_cast<std::size_t>(count));
  identity.group = group_name(group);
  return identity;
}

bool is_member(const Identity& who, gid_t group) {
  return std::find(who.groups.begin(), who.groups.end(), group) != who.groups.end();
}

bool may(const Identity& who, const struct stat& file, unsigned right) {
  if (who.user == 0) return true;
  unsigned bits = file.st_mode;
  if (file.st_uid == who.user)
    bits >>= 6;
  else if (is_member(who, file.st_gid))
    bits >>= 3;
  return (bits & right) != 0;
}

// "drwxr-x--- root:root"
std::string in_words(const struct stat& file) {
  constexpr std::string_view letters = "rwxrwxrwx";
  std::string text = S_ISDIR(file.st_mode) ? "d" : S_ISSOCK(file.st_mode) ? "s" : "-";
  for (std::size_t i = 0; i < letters.size(); ++i)
    text += (file.st_mode & (0400U >> i)) != 0 ? letters[i] : '-';
  return format("{} {}:{}", text, user_name(file.st_uid), group_name(file.st_gid));
}

// Where the daemon's own configuration can mend it; else the file itself is meant.
Finding of_socket(const Look& look, const Identity& who, const struct stat& file) {
  constexpr unsigned group_may_write = 0020;
  constexpr unsigned everybody = 07777;
  const std::string conf = look.settings.config_file;
  if ((file.st_mode & group_may_write) == 0)
    return {Kind::socket_unreachable, conf + ": socket-mode",
            format("socket-mode = {:04o}", file.st_mode & everybody), "socket-mode = 0660"};
  return {Kind::socket_unreachable, conf + ": socket-group",
          format("socket-group = {}", group_name(file.st_gid)),
          format("socket-group = {}", who.group)};
}

Finding of_directory(const Identity& who, const std::string& path, struct stat file) {
  const std::string wrong = in_words(file);
  const passwd* user = ::getpwnam(who.name.c_str());
  if (!is_member(who, file.st_gid) && user != nullptr) file.st_gid = user->pw_gid;
  file.st_mode |= file.st_uid == who.user ? 0100U : 0010U;
  return {Kind::socket_unreachable, path, wrong, in_words(file)};
}

// The directories from `root` down to the socket, and it.
std::vector<std::string> ways_to(const std::string& socket, const std::string& root) {
  std::vector<std::string> ways;
  for (fs::path path = socket;; path = path.parent_path()) {
    ways.push_back(path.string());
    if (path == root || path == path.parent_path()) break;
  }
  std::reverse(ways.begin(), ways.end());
  return ways;
}

bool is_chrooted(const Look& look, const std::vector<Attached>& attached) {
  return std::all_of(attached.begin(), attached.end(),
                     [&](const Attached& one) { return look.postfix.is_chrooted(*one.service); });
}

}  // namespace

void look_at_rights(const Look& look, const std::vector<Attached>& attached) {
  if (!look.endpoint.is_unix() || attached.empty()) return;
  const std::string& owner = look.postfix.value("mail_owner");
  const auto who = identity_of(owner);
  if (!who) {
    look.report.not_looked_at.push_back(
        format("rights to the socket: there is no user {}, which mail_owner names", owner));
    return;
  }
  // From a chroot nothing above it counts.
  const std::string root =
      is_chrooted(look, attached) ? look.postfix.value("queue_directory") : "/";
  for (const std::string& path : ways_to(look.endpoint.path, root)) {
    struct stat file {};
    if (::stat(path.c_str(), &file) != 0) {
      look.report.not_looked_at.push_back(
          format("rights to the socket: {}: {}", path, std::strerror(errno)));
      return;
    }
    const bool is_socket = path == look.endpoint.path;
    if (may(*who, file, is_socket ? may_write : may_search)) continue;
    look.report.add(is_socket ? of_socket(look, *who, file) : of_directory(*who, path, file));
    return;
  }
  look.report.looked_at.push_back(format("{}: {} may connect", look.endpoint.path, owner));
}

}  // namespace ctl::doctor
