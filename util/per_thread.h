// SPDX-License-Identifier: BSD-2-Clause
// An object that each thread makes for itself where it first needs it, and that ends with the
// thread. Unlike a thread_local with a destructor, which ends the process where there is no memory
// to register it, this one throws std::bad_alloc. Lives to the end of the process; any thread.
#pragma once

#include <pthread.h>

#include <memory>
#include <new>

namespace util {

template <class T>
class PerThread {
 public:
  PerThread() {
    if (::pthread_key_create(&key_, [](void* one) { delete static_cast<T*>(one); }) != 0)
      throw std::bad_alloc();
  }
  PerThread(const PerThread&) = delete;
  PerThread& operator=(const PerThread&) = delete;

  T& get() {
    if (void* const known = ::pthread_getspecific(key_)) return *static_cast<T*>(known);
    auto made = std::make_unique<T>();
    if (::pthread_setspecific(key_, made.get()) != 0) throw std::bad_alloc();
    return *made.release();
  }

 private:
  pthread_key_t key_{};
};

}  // namespace util
