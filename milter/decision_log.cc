// SPDX-License-Identifier: BSD-2-Clause
#include "milter/decision_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "util/format.h"
#include "util/log.h"

namespace milter {

namespace {

constexpr mode_t log_mode = 0640;
constexpr int exit_cannot_create = 73;

// The whole line in one write. Of what a full disk cut off nothing stays; where it can't be
// taken back, it is ended before the next line.
bool write_line(DecisionLog::File& file, std::string_view line) {
  const std::string whole = (file.is_torn ? "\n" : "") + std::string(line) + "\n";
  ssize_t written = -1;
  do {
    written = ::write(file.descriptor.get(), whole.data(), whole.size());
  } while (written < 0 && errno == EINTR);
  if (written == static_cast<ssize_t>(whole.size())) {
    file.is_torn = false;
    return true;
  }
  const int cause = written < 0 ? errno : ENOSPC;
  struct stat status {};
  if (written > 0 && (::fstat(file.descriptor.get(), &status) != 0 ||
                      ::ftruncate(file.descriptor.get(), status.st_size - written) != 0))
    file.is_torn = true;
  errno = cause;
  return false;
}

}  // namespace

util::Status DecisionLog::open(const std::string& path) {
  File file;
  if (!path.empty()) {
    file.descriptor = util::Descriptor(
        ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, log_mode));
    if (!file.descriptor)
      return util::Error{
          util::format("{}: the decision log can't be opened: {}", path, std::strerror(errno)),
          exit_cannot_create};
  }
  // The old one is closed after the lock: that can take as long as its last lines take to the
  // disk, and messages would wait.
  file_.with([&](File& held) { std::swap(held, file); });
  said_ = false;
  said_again_ = false;
  return util::Done{};
}

void DecisionLog::append(std::string_view line) {
  int cause = 0;
  file_.with([&](File& file) {
    if (file.descriptor && !write_line(file, line)) cause = errno;
  });
  if (cause == 0) {
    if (said_ && !said_again_.exchange(true))
      util::log(
          util::LogLevel::warning,
          util::format("the decision log is written again; {} decisions were lost", lost_.load()));
    return;
  }
  ++lost_;
  if (!said_.exchange(true))
    util::log(util::LogLevel::error,
              util::format("the decision log can't be written: {}; mail flows on, decisions are "
                           "lost and counted",
                           std::strerror(cause)));
}

}  // namespace milter
