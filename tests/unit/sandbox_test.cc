// SPDX-License-Identifier: BSD-2-Clause
// What the sandbox leaves possible and what it does not, each tried in a process of its own.
#include "milter/sandbox.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <thread>

namespace {

constexpr int no_filter = 99;
constexpr std::size_t page = 4096;

// Exit status of a child that enters the sandbox and then does this; -N: ended by signal N.
int status_of(const std::function<int()>& deed) {
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    std::_Exit(milter::enter_sandbox() ? deed() : no_filter);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

// 0 where the call succeeds, else errno.
int error_of(long result) { return result >= 0 ? 0 : errno; }

int run_true() {
  char* words[] = {const_cast<char*>("true"), nullptr};
  return ::execv("/bin/true", words);
}

}  // namespace

TEST_CASE("what the daemon does goes on in the sandbox") {
  CHECK(status_of([] { return error_of(::open("/dev/null", O_RDONLY)); }) == 0);
  CHECK(status_of([] { return error_of(::socket(AF_INET6, SOCK_DGRAM, 0)); }) == 0);
  CHECK(status_of([] { return error_of(::socket(AF_UNIX, SOCK_STREAM, 0)); }) == 0);
  CHECK(status_of([] {
          int seen = 1;
          std::thread([&] { seen = 0; }).join();
          return seen;
        }) == 0);
}

TEST_CASE("threads that run already are in it too") {
  const pid_t child = ::fork();
  if (child == 0) {
    std::atomic<bool> confined{false};
    std::thread early([&] {
      while (!confined) std::this_thread::yield();
      run_true();
    });
    if (!milter::enter_sandbox()) std::_Exit(no_filter);
    confined = true;
    early.join();
    std::_Exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK((WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS));
}

TEST_CASE("what only an intruder would do ends the process") {
  CHECK(status_of(run_true) == -SIGSYS);
  CHECK(status_of([] { return error_of(::setuid(0)); }) == -SIGSYS);
  CHECK(status_of([] { return error_of(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }) ==
        -SIGSYS);
  CHECK(status_of([] { return error_of(::chroot("/")); }) == -SIGSYS);
}

TEST_CASE("no new process, no other sockets, no new code") {
  CHECK(status_of([] { return error_of(::fork()); }) == EPERM);
  CHECK(status_of([] { return error_of(::socket(AF_NETLINK, SOCK_RAW, 0)); }) == ENOSYS);
  CHECK(status_of([] { return error_of(::socket(AF_PACKET, SOCK_RAW, 0)); }) == ENOSYS);
  CHECK(status_of([] {
          void* memory =
              ::mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
          return error_of(::mprotect(memory, page, PROT_READ | PROT_EXEC));
        }) == EPERM);
  CHECK(status_of([] {
          void* memory = ::mmap(nullptr, page, PROT_READ | PROT_WRITE | PROT_EXEC,
                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
          return memory == MAP_FAILED ? errno : 0;
        }) == EPERM);
  CHECK(status_of([] { return error_of(::mkdir("/tmp/tm-never", 0700)); }) == ENOSYS);
  CHECK(status_of([] {
          const rlimit more{1, 1};
          return error_of(::setrlimit(RLIMIT_NOFILE, &more));
        }) == ENOSYS);
}
