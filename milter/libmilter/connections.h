// SPDX-License-Identifier: BSD-2-Clause
// The open connections that libmilter has accepted, by their descriptors. Any thread, but where
// it is said.
#pragma once

#include "milter/libmilter/connection.h"

namespace milter {

// Null for what is none.
Connection* connection_of(int fd);

// Of the one thread that accepts. False where there is no memory for it, or the number too high.
bool open_connection(int fd, bool is_local);
// The last one that it has opened.
Connection* newest_connection();

// Hangs up on those whose MTA has said nothing since.
void end_silent(Connection::Time since);

}  // namespace milter
