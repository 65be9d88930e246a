// SPDX-License-Identifier: BSD-2-Clause
#include "milter/decision_log.h"

#include <fcntl.h>

#include <cerrno>
#include <cstring>

#include "util/format.h"
#include "util/log.h"

namespace milter {

namespace {

constexpr mode_t log_mode = 0640;
constexpr int exit_cannot_create = 73;

// The whole line in one write; what a full disk cut off is ended, so that the next
// line stands alone.
bool write_line(int fd, std::string_view line) {
  const std::string whole = std::string(line) + "\n";
  ssize_t written = -1;
  do {
    written = ::write(fd, whole.data(), whole.size());
  } while (written < 0 && errno == EINTR);
  if (written == static_cast<ssize_t>(whole.size())) return true;
  const int cause = written < 0 ? errno : ENOSPC;
  if (written > 0) {
    [[maybe_unused]] const auto ended = ::write(fd, "\n", 1);
  }
  errno = cause;
  return false;
}

}  // namespace

util::Status DecisionLog::open(const std::string& path) {
  util::Descriptor file;
  if (!path.empty()) {
    file = util::Descriptor(
        ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, log_mode));
    if (!file)
      return util::Error{
          util::format("{}: the decision log can't be opened: {}", path, std::strerror(errno)),
          exit_cannot_create};
  }
  file_.with([&](util::Descriptor& held) { held = std::move(file); });
  said_ = false;
  return util::Done{};
}

void DecisionLog::append(std::string_view line) {
  int cause = 0;
  file_.with([&](util::Descriptor& file) {
    if (file && !write_line(file.get(), line)) cause = errno;
  });
  if (cause == 0) return;
  ++lost_;
  if (!said_.exchange(true))
    util::log(util::LogLevel::error,
              util::format("the decision log can't be written: {}; mail flows on, decisions are "
                           "lost and counted",
                           std::strerror(cause)));
}

}  // namespace milter
