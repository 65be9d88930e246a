// SPDX-License-Identifier: BSD-2-Clause
#include "milter/sandbox.h"

#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <initializer_list>

#include "util/format.h"
#include "util/handle.h"

namespace milter {

namespace {

using Filter = util::Handle<void, seccomp_release>;

// What the daemon and its libraries do while they serve. Names that an architecture or a
// library does not know are passed over.
constexpr const char* allowed[] = {
    // files: the policy, the decision log, the status board, /proc/self/fd at the end
    "open", "openat", "close", "read", "pread64", "readv", "write", "pwrite64", "writev", "lseek",
    "fstat", "fstat64", "stat", "stat64", "lstat", "newfstatat", "fstatat64", "statx", "statfs",
    "fstatfs", "access", "faccessat", "faccessat2", "getdents64", "readlink", "readlinkat",
    "ftruncate", "fsync", "fdatasync", "flock", "fcntl", "fcntl64", "dup", "dup2", "dup3", "unlink",
    "unlinkat", "umask", "getcwd", "close_range", "memfd_create", "fallocate",
    // sockets: the MTA, DNS, the journal, the service manager
    "connect", "accept", "accept4", "bind", "listen", "getsockname", "getpeername", "getsockopt",
    "setsockopt", "shutdown", "sendto", "sendmsg", "sendmmsg", "recvfrom", "recvmsg", "recvmmsg",
    "pipe", "pipe2", "eventfd2", "poll", "ppoll", "select", "_newselect", "pselect6",
    "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2",
    // memory
    "brk", "munmap", "mremap", "madvise", "membarrier", "getrlimit",
    // threads and signals
    "futex", "futex_time64", "set_robust_list", "rseq", "set_tid_address", "exit", "exit_group",
    "sched_yield", "sched_getaffinity", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn",
    "rt_sigsuspend", "rt_sigtimedwait", "sigaltstack", "pause", "tgkill", "restart_syscall",
    "gettid", "getpid", "getppid",
    // time, identity, the machine
    "clock_gettime", "clock_gettime64", "clock_getres", "clock_nanosleep", "nanosleep",
    "gettimeofday", "time", "times", "getrusage", "getuid", "geteuid", "getgid", "getegid",
    "getrandom", "uname", "sysinfo", "getcpu"};

// What no filter of mail does: whoever asks for it is not the daemon any more.
constexpr const char* deadly[] = {"execve",
                                  "execveat",
                                  "fork",
                                  "vfork",
                                  "ptrace",
                                  "process_vm_readv",
                                  "process_vm_writev",
                                  "pidfd_getfd",
                                  "setuid",
                                  "setreuid",
                                  "setresuid",
                                  "setgid",
                                  "setregid",
                                  "setresgid",
                                  "setgroups",
                                  "capset",
                                  "chroot",
                                  "pivot_root",
                                  "mount",
                                  "umount2",
                                  "move_mount",
                                  "fsopen",
                                  "open_by_handle_at",
                                  "unshare",
                                  "setns",
                                  "bpf",
                                  "perf_event_open",
                                  "userfaultfd",
                                  "keyctl",
                                  "add_key",
                                  "request_key",
                                  "init_module",
                                  "finit_module",
                                  "delete_module",
                                  "kexec_load",
                                  "kexec_file_load",
                                  "io_uring_setup",
                                  "reboot",
                                  "swapon",
                                  "swapoff",
                                  "acct",
                                  "personality"};

constexpr std::array families{AF_UNIX, AF_INET, AF_INET6};

// Collects rules until one fails.
class Rules {
 public:
  explicit Rules(scmp_filter_ctx filter) : filter_(filter) {}

  void allow(const char* name) { add(SCMP_ACT_ALLOW, name, {}); }
  void allow(const char* name, scmp_arg_cmp only) { add(SCMP_ACT_ALLOW, name, {only}); }
  void refuse(const char* name, scmp_arg_cmp only) { add(SCMP_ACT_ERRNO(EPERM), name, {only}); }
  void kill(const char* name) { add(SCMP_ACT_KILL_PROCESS, name, {}); }
  int error() const { return error_; }

 private:
  void add(std::uint32_t action, const char* name, std::initializer_list<scmp_arg_cmp> only) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR || error_ != 0) return;
    error_ = seccomp_rule_add_array(filter_, action, number, static_cast<unsigned>(only.size()),
                                    only.begin());
  }

  scmp_filter_ctx filter_;
  int error_ = 0;
};

// An argument of a call, by its place.
scmp_arg_cmp equals(unsigned place, std::uint64_t value) { return {place, SCMP_CMP_EQ, value, 0}; }
scmp_arg_cmp has(unsigned place, std::uint64_t bits) {
  return {place, SCMP_CMP_MASKED_EQ, bits, bits};
}
scmp_arg_cmp lacks(unsigned place, std::uint64_t bits) {
  return {place, SCMP_CMP_MASKED_EQ, bits, 0};
}

void add_all(Rules& rules) {
  for (const char* name : allowed) rules.allow(name);
  for (const char* name : deadly) rules.kill(name);
  // Threads, not processes. (clone3's flags can't be seen: the C library falls back.)
  rules.allow("clone", has(0, CLONE_THREAD));
  rules.refuse("clone", lacks(0, CLONE_THREAD));
  for (const int family : families)
    rules.allow("socket", equals(0, static_cast<std::uint64_t>(family)));
  // Memory that is written is never run.
  for (const char* name : {"mmap", "mmap2", "mprotect"}) {
    rules.allow(name, lacks(2, PROT_EXEC));
    rules.refuse(name, has(2, PROT_EXEC));
  }
  rules.allow("prctl", equals(0, PR_SET_NAME));
  rules.allow("prlimit64", equals(2, 0));  // asks, sets nothing
  for (const std::uint64_t request : {FIONBIO, FIONREAD, TCGETS})
    rules.allow("ioctl", equals(1, request));
}

}  // namespace

util::Status enter_sandbox() {
  auto failed = [](int error) {
    return util::Error{util::format("no seccomp filter: {}", std::strerror(-error))};
  };
  const Filter filter(seccomp_init(SCMP_ACT_ERRNO(ENOSYS)));
  if (!filter) return failed(-ENOMEM);
  seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  Rules rules(filter.get());
  add_all(rules);
  if (rules.error() != 0) return failed(rules.error());
  // Every thread at once: the resolver's run already.
  if (const int error = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1))
    return failed(error);
  if (const int error = seccomp_load(filter.get())) return failed(error);
  return util::Done{};
}

}  // namespace milter
