// SPDX-License-Identifier: BSD-2-Clause
// Mends how libmilter counts its idle workers. It hands a connection to an idle one by a signal,
// and makes a new one where none is idle; but a worker counts as idle until it has woken up. Two
// connections that come within that time get one worker, and the second waits for whatever the
// first waits for: DNS, or an MTA that fell silent in mid-packet. So who hands out work does not
// look at the count while every worker in it has been signalled already. What libmilter calls
// these three functions comes here (CMakeLists.txt); only its pool has a condition variable.
#include "milter/libmilter/worker_wakeups.h"

#include <pthread.h>

#include <atomic>

namespace {

std::atomic<pthread_mutex_t*> pool{nullptr};
// Both are written with the pool's mutex held.
std::atomic<int> waiting{0};
std::atomic<int> signalled{0};  // and not awake yet

}  // namespace

extern "C" {

int tm_libmilter_pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                        const timespec* until) {
  pool = mutex;
  ++waiting;
  const int result = ::pthread_cond_timedwait(condition, mutex, until);
  --waiting;
  if (signalled > 0) {
    --signalled;
    signalled.notify_all();
  }
  return result;
}

int tm_libmilter_pthread_cond_signal(pthread_cond_t* condition) {
  if (signalled < waiting) ++signalled;
  return ::pthread_cond_signal(condition);
}

int tm_libmilter_pthread_mutex_lock(pthread_mutex_t* mutex) {
  for (;;) {
    const int result = ::pthread_mutex_lock(mutex);
    if (result != 0 || mutex != pool || !milter::hands_out_work) return result;
    const int asleep = signalled;
    if (asleep == 0 || asleep < waiting) return result;
    ::pthread_mutex_unlock(mutex);
    signalled.wait(asleep);
  }
}

}  // extern "C"
