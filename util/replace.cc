// SPDX-License-Identifier: BSD-2-Clause
#include "util/replace.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "util/file.h"
#include "util/format.h"
#include "util/text.h"

namespace util {

namespace {

constexpr int exit_no_input = 66;
constexpr int exit_cannot_write = 73;

Error cannot_write(const std::string& path, const std::string& why) {
  return {format("{}: can't be written: {}; the old file stays", path, why), exit_cannot_write};
}

Error cannot_write(const std::string& path) { return cannot_write(path, std::strerror(errno)); }

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// Attributes that the file system has; where it has none there is nothing to keep.
bool copy_attributes(int from, int to) {
  const auto size = ::flistxattr(from, nullptr, 0);
  if (size <= 0) return true;
  std::string names(static_cast<std::size_t>(size), '\0');
  if (::flistxattr(from, names.data(), names.size()) != size) return false;
  for (const std::string_view part : split(names, '\0')) {
    if (part.empty()) continue;
    const std::string name(part);
    const auto length = ::fgetxattr(from, name.c_str(), nullptr, 0);
    if (length < 0) return false;
    std::vector<char> value(static_cast<std::size_t>(length));
    if (::fgetxattr(from, name.c_str(), value.data(), value.size()) != length ||
        ::fsetxattr(to, name.c_str(), value.data(), value.size(), 0) != 0)
      return false;
  }
  return true;
}

// Mode last: a change of owner takes the set-ID bits away.
bool dress(int file, int like) {
  struct stat old {};
  return ::fstat(like, &old) == 0 && ::fchown(file, old.st_uid, old.st_gid) == 0 &&
         copy_attributes(like, file) && ::fchmod(file, old.st_mode & 07777) == 0;
}

bool is_same_file(int file, const std::string& path) {
  struct stat held {};
  struct stat named {};
  return ::fstat(file, &held) == 0 && ::stat(path.c_str(), &named) == 0 &&
         held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

// A new file that is taken away again unless it has become the real one.
class Draft {
 public:
  explicit Draft(std::string path) : path_(std::move(path)) {
    // What a killed process has left; whoever holds the file may take it away.
    ::unlink(path_.c_str());
    file_ = Descriptor(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                              S_IRUSR | S_IWUSR));
    is_there_ = static_cast<bool>(file_);
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft() {
    if (is_there_) ::unlink(path_.c_str());
  }

  int file() const { return file_.get(); }
  bool becomes(const std::string& path) {
    is_there_ = ::rename(path_.c_str(), path.c_str()) != 0;
    return !is_there_;
  }

 private:
  std::string path_;
  Descriptor file_;
  bool is_there_ = false;
};

}  // namespace

Result<ReplaceableFile> ReplaceableFile::hold(const std::string& path) {
  const Handle<char, std::free> real(::realpath(path.c_str(), nullptr));
  if (!real)
    return Error{format("{}: can't be read: {}", path, std::strerror(errno)), exit_no_input};
  ReplaceableFile file;
  file.path_ = real.get();
  // The one that was waited for may have been replaced meanwhile.
  do {
    file.held_ = Descriptor(::open(file.path_.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.held_) return read_file(file.path_).error();
    while (::flock(file.held_.get(), LOCK_EX) != 0) {
      if (errno != EINTR) return cannot_write(path);
    }
  } while (!is_same_file(file.held_.get(), file.path_));
  auto bytes = read_file(file.path_);
  if (!bytes) return bytes.error();
  file.bytes_ = std::move(*bytes);
  return file;
}

Status write_file(const std::string& path, std::string_view bytes) {
  Draft draft(path + ".new");
  constexpr mode_t for_all_to_read = S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH;
  if (draft.file() < 0 || !write_all(draft.file(), bytes) ||
      ::fchmod(draft.file(), for_all_to_read) != 0 || ::fsync(draft.file()) != 0 ||
      !draft.becomes(path))
    return Error{format("{}: can't be written: {}", path, std::strerror(errno)), exit_cannot_write};
  return Done{};
}

Status ReplaceableFile::replace(std::string_view bytes) {
  struct stat old {};
  if (::fstat(held_.get(), &old) != 0) return cannot_write(path_);
  if ((old.st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)) == 0)
    return cannot_write(path_, "it is read-only");
  if (::access(path_.c_str(), W_OK) != 0) return cannot_write(path_);
  const auto slash = path_.rfind('/');
  const std::string directory = path_.substr(0, slash + 1);
  Draft draft(directory + "." + path_.substr(slash + 1) + ".new");
  if (draft.file() < 0 || !write_all(draft.file(), bytes) || !dress(draft.file(), held_.get()) ||
      ::fsync(draft.file()) != 0 || !draft.becomes(path_))
    return cannot_write(path_);
  // The new name is on the disk once its directory is; the file is whole either way.
  const Descriptor parent(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent) ::fsync(parent.get());
  return Done{};
}

}  // namespace util
