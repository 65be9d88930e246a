// SPDX-License-Identifier: BSD-2-Clause
#include "util/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

namespace util {

void open_standard_streams() {
  // The system gives the lowest number that is free.
  int opened = 0;
  do opened = ::open("/dev/null", O_RDWR);
  while (opened >= 0 && opened <= STDERR_FILENO);
  if (opened > STDERR_FILENO) ::close(opened);
}

}  // namespace util
