// SPDX-License-Identifier: BSD-2-Clause
#include "util/file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "util/format.h"
#include "util/handle.h"

namespace util {

namespace {

Result<std::string> read_all(const std::string& path, const Descriptor& file) {
  if (!file) return cannot_read(path, errno);
  std::string bytes;
  struct stat there {};
  if (::fstat(file.get(), &there) == 0 && there.st_size > 0)
    bytes.reserve(static_cast<std::size_t>(there.st_size));
  char chunk[65536];
  for (;;) {
    const auto got = ::read(file.get(), chunk, sizeof chunk);
    if (got == 0) return bytes;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(path, errno);
    bytes.append(chunk, static_cast<std::size_t>(got));
  }
}

}  // namespace

Error cannot_read(const std::string& path, int cause) {
  const bool is_absent = cause == ENOENT || cause == ENOTDIR;
  return {format("{}: can't be read: {}", path, std::strerror(cause)), is_absent ? 66 : 65};
}

Result<std::string> read_file(const std::string& path) {
  return read_all(path, Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC)));
}

Result<std::string> read_input(const std::string& path) {
  if (path != "-") return read_file(path);
  return read_all(path, Descriptor(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)));
}

}  // namespace util
