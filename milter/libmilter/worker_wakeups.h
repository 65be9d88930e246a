// SPDX-License-Identifier: BSD-2-Clause
// Whether this thread of libmilter hands connections to workers: it polls for what is none, or for
// all connections that are idle.
#pragma once

namespace milter {

inline thread_local bool hands_out_work = false;

}  // namespace milter
