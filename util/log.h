// SPDX-License-Identifier: BSD-2-Clause
// Messages about the service: syslog, the journal or stderr. One line each; control
// bytes are shown as '?', so that nothing from a message can forge one. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace util {

enum class LogTarget { automatic, syslog, journal, standard_error };
enum class LogLevel { error, warning, info, debug };

// Before the first thread. `automatic`: the journal where its socket is, else syslog.
void open_log(const char* name, LogTarget target, LogLevel least);
void set_log_level(LogLevel least);
// Says it on stderr as well: while a program starts, its operator looks there.
void also_log_to_stderr(bool also);
void log(LogLevel level, std::string_view text);

}  // namespace util
