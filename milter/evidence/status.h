// SPDX-License-Identifier: BSD-2-Clause
// What a running daemon says of itself to tenantctl on the same host: a memory file
// (memfd_create(2)) of its own, found below /proc. It needs no place in the file system,
// goes with the process, and can be read by root and the daemon's own user alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "util/handle.h"

namespace evidence {

struct DaemonStatus {
  int pid = 0;  // put in by whoever reads
  std::string version;
  std::string socket;          // as --socket says it
  std::string policy;          // its source
  std::string revision;        // of the policy in force
  std::int64_t loaded_at = 0;  // seconds since 1970
  std::int64_t senders = 0;
  std::int64_t reloads = 0;  // tried so far
  std::string refused;       // why the last reload left the old policy; "" where it did not
};

// The daemon's side. One thread.
class StatusBoard {
 public:
  // Readers see the old status or the new one, whole.
  void publish(const DaemonStatus& status);

 private:
  util::Descriptor file_;
};

// The daemon that serves this socket, as far as this user can see. Of a Unix socket it is the
// process that listens there; of another one a process of root, of the caller's or of `user` (as
// --user). What it says is bounded and printable.
std::optional<DaemonStatus> find_daemon(const std::string& socket, const std::string& user);

}  // namespace evidence
