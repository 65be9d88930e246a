// SPDX-License-Identifier: BSD-2-Clause
#include "util/file.h"

#include <fcntl.h>

#include <cerrno>
#include <cstring>

#include "util/format.h"
#include "util/handle.h"

namespace util {

namespace {

Error cannot_read(const std::string& path, int cause) {
  const bool is_absent = cause == ENOENT || cause == ENOTDIR;
  return {format("{}: can't be read: {}", path, std::strerror(cause)), is_absent ? 66 : 65};
}

}  // namespace

Result<std::string> read_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return cannot_read(path, errno);
  std::string bytes;
  char chunk[65536];
  for (;;) {
    const auto got = ::read(file.get(), chunk, sizeof chunk);
    if (got == 0) return bytes;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(path, errno);
    bytes.append(chunk, static_cast<std::size_t>(got));
  }
}

}  // namespace util
