// SPDX-License-Identifier: BSD-2-Clause
#include "util/process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "util/format.h"
#include "util/handle.h"
#include "util/text.h"

namespace util {

namespace {

constexpr int exit_unavailable = 69;
constexpr int signal_base = 128;

struct Pipe {
  Descriptor read;
  Descriptor write;
};

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {};
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

// What a child's descriptors 0, 1 and 2 are to be.
class Redirections {
 public:
  Redirections(int output, int errors) {
    is_good_ = ::posix_spawn_file_actions_init(&actions_) == 0 &&
               ::posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0) == 0 &&
               ::posix_spawn_file_actions_adddup2(&actions_, output, 1) == 0 &&
               ::posix_spawn_file_actions_adddup2(&actions_, errors, 2) == 0;
  }
  Redirections(const Redirections&) = delete;
  Redirections& operator=(const Redirections&) = delete;
  ~Redirections() { ::posix_spawn_file_actions_destroy(&actions_); }

  bool is_good() const { return is_good_; }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
  bool is_good_ = false;
};

// Adds what there is to read; false at the end of it.
bool read_more(int from, std::string& to) {
  char buffer[4096];
  const ssize_t got = ::read(from, buffer, sizeof buffer);
  if (got > 0) to.append(buffer, static_cast<std::size_t>(got));
  return got > 0 || (got < 0 && errno == EINTR);
}

void read_both(const Descriptor& output, const Descriptor& errors, Ended& ended) {
  pollfd polls[] = {{output.get(), POLLIN, 0}, {errors.get(), POLLIN, 0}};
  std::string* const texts[] = {&ended.output, &ended.errors};
  while (polls[0].fd >= 0 || polls[1].fd >= 0) {
    if (::poll(polls, 2, -1) < 0 && errno != EINTR) return;
    for (int i = 0; i < 2; ++i) {
      if (polls[i].fd >= 0 && polls[i].revents != 0 && !read_more(polls[i].fd, *texts[i]))
        polls[i].fd = -1;
    }
  }
}

int status_of(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : signal_base + WTERMSIG(status);
}

}  // namespace

std::string find_program(const std::string& name, const std::vector<std::string>& directories) {
  std::vector<std::string> all;
  if (const char* path = std::getenv("PATH"); path != nullptr) {
    for (const std::string_view directory : split(path, ':')) all.emplace_back(directory);
  }
  all.insert(all.end(), directories.begin(), directories.end());
  for (const std::string& directory : all) {
    const std::string path = format("{}/{}", directory, name);
    if (!directory.empty() && ::access(path.c_str(), X_OK) == 0) return path;
  }
  return "";
}

Result<Ended> run_program(const std::vector<std::string>& words) {
  auto failed = [&](int error) {
    return Error{format("{}: {}", words[0], std::strerror(error)), exit_unavailable};
  };
  Pipe output = make_pipe();
  Pipe errors = make_pipe();
  if (!output.read || !errors.read) return failed(errno);
  const Redirections redirections(output.write.get(), errors.write.get());
  if (!redirections.is_good()) return failed(ENOMEM);
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_t child = 0;
  const int error =
      ::posix_spawn(&child, words[0].c_str(), redirections.get(), nullptr, argv.data(), environ);
  if (error != 0) return failed(error);
  output.write.reset();
  errors.write.reset();
  Ended ended;
  read_both(output.read, errors.read, ended);
  ended.status = status_of(child);
  return ended;
}

}  // namespace util
