// SPDX-License-Identifier: BSD-2-Clause
// Serves libmilter's sessions, in place of its own pool (worker.c). That one walks the list of all
// sessions under one lock for each packet, has a thread for each session that is under way, and
// counts a worker as idle that it has called already: a session that falls to it as well waits for
// whatever the first one waits for. Here the kernel keeps the sessions whose MTA has said
// something, and as many threads as the machine can run take them in turn.
#include <sys/epoll.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "milter/libmilter/connections.h"
#include "milter/libmilter/crew.h"

// libmilter's own, of engine.c.
extern "C" {
int mi_engine(smfi_str* session);
void mi_clr_ctx(smfi_str* session);
}

namespace milter {

namespace {

using Clock = Connection::Clock;

constexpr int mi_success = 0;
constexpr int mi_failure = -1;
constexpr int mi_continue = 1;  // the session is at a place where it may wait for its MTA

constexpr std::chrono::minutes between_looks{1};

int ready = -1;  // the connections that wait for their MTA; once it has said something, one each

// Who takes a connection from `ready` is alone with it until it is put there again.
bool wait_for_mta(Connection& one, int operation) {
  one.begin_wait();
  epoll_event event{.events = EPOLLIN | EPOLLONESHOT, .data = {.ptr = &one}};
  return ::epoll_ctl(ready, operation, one.fd(), &event) == 0;
}

void serve(Connection& one) {
  one.begin_turn();
  smfi_str* const session = one.session();
  while (mi_engine(session) == mi_continue) {
    if (wait_for_mta(one, EPOLL_CTL_MOD)) return;
    one.hang_up();
  }
  mi_clr_ctx(session);
}

// libmilter ends a session that has been silent for so long; one thread looks.
void end_silent_sessions() {
  static std::atomic<Clock::time_point> next{Clock::now() + between_looks};
  const Clock::time_point now = Clock::now();
  Clock::time_point due = next;
  if (now >= due && next.compare_exchange_strong(due, now + between_looks))
    end_silent(now - patience);
}

void take_turn() {
  epoll_event event{};
  constexpr std::chrono::milliseconds most = between_looks;
  const int count = ::epoll_wait(ready, &event, 1, static_cast<int>(most.count()));
  if (count == 1) serve(*static_cast<Connection*>(event.data.ptr));
  end_silent_sessions();
}

// More than there are processors, for what waits without a word: for the disk, for memory.
int crew_size() {
  const unsigned processors = std::thread::hardware_concurrency();
  return static_cast<int>(std::max(2 * processors, 4U));
}

}  // namespace

}  // namespace milter

extern "C" {

// Before the first session.
int mi_pool_controller_init() {
  milter::ready = ::epoll_create1(EPOLL_CLOEXEC);
  if (milter::ready < 0) return milter::mi_failure;
  auto* const crew = new milter::Crew(milter::crew_size(), milter::take_turn);
  return crew->start() ? milter::mi_success : milter::mi_failure;
}

// By the thread that has accepted the session's connection just now. A failure would end the
// listener after some of them: a session that can't be served is closed.
int mi_start_session(smfi_str* session) {
  milter::Connection* const one = milter::newest_connection();
  one->set_session(session);
  if (!milter::wait_for_mta(*one, EPOLL_CTL_ADD)) mi_clr_ctx(session);
  return milter::mi_success;
}

}  // extern "C"
