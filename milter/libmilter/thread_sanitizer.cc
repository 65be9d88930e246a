// SPDX-License-Identifier: BSD-2-Clause
// What the thread sanitizer can't know of pool.cc: that EPOLL_CTL_MOD is done with the descriptor
// before epoll_wait gives it to another thread, which may close it. (It knows of EPOLL_CTL_ADD.)
// Of the two it always has the stack of the close.
#if defined(__SANITIZE_THREAD__)
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() { return "race:tm_libmilter_close\n"; }
#endif
