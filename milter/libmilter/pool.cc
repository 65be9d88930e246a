// SPDX-License-Identifier: BSD-2-Clause
// Serves libmilter's sessions, in place of its own pool (worker.c). That one walks the list of all
// sessions under one lock for each packet, has a thread for each session that is under way, and
// counts a worker as idle that it has called already: a session that falls to it as well waits for
// whatever the first one waits for. Here the kernel keeps the sessions whose MTA has said
// something, and some threads take them in turn, one at each of so many seats. A session stays with
// its seat: most of its memory is freed by the thread that allocated it.
#include <sys/epoll.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <vector>

#include "milter/libmilter/connections.h"
#include "milter/libmilter/crew.h"
#include "util/parallel.h"

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

// What a thread of the crew sits at.
struct Seat {
  int waiting = -1;              // the connections that wait for their MTA, by epoll
  std::atomic<int> sessions{0};  // all
};
// Made before the first session; as long as the threads, to the end of the process.
auto& seats = *new std::vector<Seat>;

Seat& seat_numbered(int number) { return seats[static_cast<std::size_t>(number)]; }
Seat& seat_of(const Connection& one) { return seat_numbered(one.seat()); }

// Once the MTA has said something, who learns of it first is alone with the connection until it
// waits again.
bool wait_for_mta(Connection& one, int operation) {
  const int waiting = seat_of(one).waiting;
  epoll_event event{.events = EPOLLIN | EPOLLONESHOT, .data = {.ptr = &one}};
  one.begin_wait();
  return ::epoll_ctl(waiting, operation, one.fd(), &event) == 0;
}

void end(Connection& one) {
  --seat_of(one).sessions;
  mi_clr_ctx(one.session());
}

void serve(Connection& one) {
  one.begin_turn();
  while (mi_engine(one.session()) == mi_continue) {
    if (wait_for_mta(one, EPOLL_CTL_MOD)) return;
    one.hang_up();
  }
  end(one);
}

// libmilter ends a session that has been silent for so long; one thread looks.
void end_silent_sessions() {
  static std::atomic<Clock::time_point> next{Clock::now() + between_looks};
  const Clock::time_point now = Clock::now();
  Clock::time_point due = next;
  if (now >= due && next.compare_exchange_strong(due, now + between_looks))
    end_silent(now - patience);
}

void take_turn(int seat) {
  epoll_event event{};
  constexpr std::chrono::milliseconds most = between_looks;
  const int count =
      ::epoll_wait(seat_numbered(seat).waiting, &event, 1, static_cast<int>(most.count()));
  if (count == 1) serve(*static_cast<Connection*>(event.data.ptr));
  end_silent_sessions();
}

// More than there are processors, for what waits without a word: for the disk, for memory.
std::size_t seats_wanted() { return std::max<std::size_t>(2 * util::processors(), 4); }

bool make_seats() {
  seats = std::vector<Seat>(seats_wanted());
  for (Seat& seat : seats) seat.waiting = ::epoll_create1(EPOLL_CLOEXEC);
  return std::all_of(seats.begin(), seats.end(), [](const Seat& one) { return one.waiting >= 0; });
}

int emptiest_seat() {
  const auto found = std::min_element(seats.begin(), seats.end(), [](const Seat& a, const Seat& b) {
    return a.sessions < b.sessions;
  });
  return static_cast<int>(found - seats.begin());
}

}  // namespace

}  // namespace milter

extern "C" {

// Before the first session.
int mi_pool_controller_init() {
  if (!milter::make_seats()) return milter::mi_failure;
  auto* const crew = new milter::Crew(static_cast<int>(milter::seats.size()), milter::take_turn);
  return crew->start() ? milter::mi_success : milter::mi_failure;
}

// By the thread that has accepted the session's connection just now. A failure would end the
// listener after some of them: a session that can't be served is closed.
int mi_start_session(smfi_str* session) {
  milter::Connection& one = *milter::newest_connection();
  one.set_session(session, milter::emptiest_seat());
  ++milter::seat_of(one).sessions;
  if (!milter::wait_for_mta(one, EPOLL_CTL_ADD)) milter::end(one);
  return milter::mi_success;
}

}  // extern "C"
