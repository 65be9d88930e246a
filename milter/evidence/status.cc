// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/status.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "milter/evidence/endpoint.h"
#include "util/format.h"
#include "util/json.h"
#include "util/json_reader.h"
#include "util/text.h"

namespace evidence {

namespace {

namespace fs = std::filesystem;

constexpr const char* file_name = "tenant-milter-status";
constexpr std::size_t most_shown = 4096;

std::string line_of(const DaemonStatus& status) {
  return util::Json::object()
      .set("version", status.version)
      .set("socket", status.socket)
      .set("policy", status.policy)
      .set("revision", status.revision)
      .set("loaded_at", status.loaded_at)
      .set("senders", status.senders)
      .set("reloads", status.reloads)
      .set("refused", status.refused)
      .line();
}

std::optional<DaemonStatus> status_of(const std::string& text) {
  util::JsonReader reader;
  if (!reader.read(text) || !reader.root().is_object()) return std::nullopt;
  const util::JsonValue& root = reader.root();
  // It is shown on a terminal: another program may have written it.
  auto word = [&](const char* key) { return util::shown(root.at(key).text(), most_shown); };
  return DaemonStatus{.version = word("version"),
                      .socket = word("socket"),
                      .policy = word("policy"),
                      .revision = word("revision"),
                      .loaded_at = root.at("loaded_at").number(),
                      .senders = root.at("senders").number(),
                      .reloads = root.at("reloads").number(),
                      .refused = word("refused")};
}

// The bytes of a descriptor's file, if it is a memory file of the status's name and size. Nothing
// is opened that could be another thing (a FIFO, a device, somebody's file by that name): the
// link says "memfd:", which no path does, and what is opened is looked at before it is read.
std::optional<std::string> memory_file(const fs::path& descriptor) {
  constexpr std::size_t most = 64 * 1024;
  std::error_code fault;
  const std::string wanted = util::format("/memfd:{} (deleted)", file_name);
  if (fs::read_symlink(descriptor, fault) != wanted || fault) return std::nullopt;
  const util::Descriptor opened(::open(descriptor.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  struct stat status {};
  if (!opened || ::fstat(opened.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
      status.st_size <= 0 || static_cast<std::size_t>(status.st_size) > most)
    return std::nullopt;
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  const ssize_t got = ::pread(opened.get(), text.data(), text.size(), 0);
  if (got < 0) return std::nullopt;
  text.resize(static_cast<std::size_t>(got));
  return text;
}

// The status that a process holds open; nothing where it has none, or may not be looked at.
std::optional<DaemonStatus> status_in(const fs::path& process) {
  std::error_code fault;
  for (const auto& descriptor : fs::directory_iterator(process / "fd", fault)) {
    const auto text = memory_file(descriptor.path());
    if (text) return status_of(*text);
  }
  return std::nullopt;
}

// The process that listens at a Unix socket, as the system knows it: SO_PEERCRED has who called
// listen(2). 0 where nobody does.
int listener_of(const Endpoint& endpoint) {
  const util::Descriptor connected = begin_connect(endpoint);
  ucred peer{};
  socklen_t size = sizeof peer;
  if (!connected || ::getsockopt(connected.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
    return 0;
  return peer.pid;
}

std::optional<DaemonStatus> status_of_process(const std::string& name, const std::string& socket) {
  auto status = status_in(fs::path("/proc") / name);
  if (!status || status->socket != socket) return std::nullopt;
  status->pid = std::stoi(name);
  return status;
}

// Who may be believed to be the daemon, where the system does not say who listens: a process of
// the user that --user names, of root, or of the caller's own.
bool is_trusted(const std::string& process, const std::string& user) {
  struct stat status {};
  if (::stat(("/proc/" + process).c_str(), &status) != 0) return false;
  if (status.st_uid == 0 || status.st_uid == ::geteuid()) return true;
  const passwd* const entry =
      user.empty() ? nullptr : ::getpwnam(user.substr(0, user.find(':')).c_str());
  return entry != nullptr && entry->pw_uid == status.st_uid;
}

bool is_process(const std::string& name) {
  return name.find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

void StatusBoard::publish(const DaemonStatus& status) {
  util::Descriptor next(::memfd_create(file_name, MFD_CLOEXEC));
  const std::string line = line_of(status);
  if (!next || ::write(next.get(), line.data(), line.size()) < 0) return;
  ::lseek(next.get(), 0, SEEK_SET);
  file_ = std::move(next);
}

std::optional<DaemonStatus> find_daemon(const std::string& socket, const std::string& user) {
  const auto endpoint = Endpoint::parse(socket);
  if (!endpoint) return std::nullopt;
  if (endpoint->is_unix()) {
    const int listener = listener_of(*endpoint);
    return listener > 0 ? status_of_process(std::to_string(listener), socket) : std::nullopt;
  }
  std::error_code fault;
  for (const auto& process : fs::directory_iterator("/proc", fault)) {
    const std::string name = process.path().filename().string();
    if (!is_process(name) || !is_trusted(name, user)) continue;
    if (auto status = status_of_process(name, socket)) return status;
  }
  return std::nullopt;
}

}  // namespace evidence
