// SPDX-License-Identifier: BSD-2-Clause
#include "util/log.h"

#include <syslog.h>
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <array>
#include <atomic>

#include "util/text.h"

namespace util {

namespace {

constexpr std::size_t max_line = 2000;
constexpr std::array<int, 4> priorities{LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG};
constexpr std::array<std::string_view, 4> level_names{"error", "warning", "info", "debug"};
constexpr const char* journal_socket = "/run/systemd/journal/socket";

std::atomic<LogTarget> current_target{LogTarget::standard_error};
std::atomic<LogLevel> current_least{LogLevel::info};
std::atomic<bool> also_stderr{false};

// One write a line, so that lines of several threads do not mix.
void to_stderr(LogLevel level, std::string_view line) {
  std::string whole = "tenant-milter: ";
  whole += level_names[static_cast<std::size_t>(level)];
  whole += ": ";
  whole += line;
  whole += '\n';
  // A log that can't be written has nowhere to say so.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, whole.data(), whole.size());
}

}  // namespace

void open_log(const char* name, LogTarget target, LogLevel least) {
  if (target == LogTarget::automatic)
    target = access(journal_socket, W_OK) == 0 ? LogTarget::journal : LogTarget::syslog;
  if (target == LogTarget::syslog) openlog(name, LOG_PID | LOG_NDELAY, LOG_MAIL);
  current_target = target;
  current_least = least;
}

void set_log_level(LogLevel least) { current_least = least; }

void also_log_to_stderr(bool also) { also_stderr = also; }

void log(LogLevel level, std::string_view text) {
  if (level > current_least.load()) return;
  const std::string line = shown(text, max_line);
  const int priority = priorities[static_cast<std::size_t>(level)];
  const LogTarget target = current_target;
  if (target == LogTarget::syslog) syslog(priority, "%s", line.c_str());
  if (target == LogTarget::journal) sd_journal_print(priority, "%s", line.c_str());
  const bool is_elsewhere = target == LogTarget::syslog || target == LogTarget::journal;
  if (!is_elsewhere || also_stderr) to_stderr(level, line);
}

}  // namespace util
