// SPDX-License-Identifier: BSD-2-Clause
// A thread that serves many says when it has nothing to do but wait, so that another may serve
// meanwhile. Each thread has its own observer; any thread.
#pragma once

namespace util {

class WaitObserver {
 public:
  virtual void begin_wait() noexcept = 0;

 protected:
  ~WaitObserver() = default;
};

inline thread_local WaitObserver* wait_observer = nullptr;  // null: nobody wants to know

// Before a wait.
inline void begin_wait() noexcept {
  if (wait_observer != nullptr) wait_observer->begin_wait();
}

}  // namespace util
