// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/status.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>

#include "util/file.h"
#include "util/json.h"
#include "util/json_reader.h"

namespace evidence {

namespace {

namespace fs = std::filesystem;

constexpr const char* file_name = "tenant-milter-status";

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
  auto word = [&](const char* key) { return std::string(root.at(key).text()); };
  return DaemonStatus{.version = word("version"),
                      .socket = word("socket"),
                      .policy = word("policy"),
                      .revision = word("revision"),
                      .loaded_at = root.at("loaded_at").number(),
                      .senders = root.at("senders").number(),
                      .reloads = root.at("reloads").number(),
                      .refused = word("refused")};
}

// The status that a process holds open; nothing where it has none, or may not be looked at.
std::optional<DaemonStatus> status_in(const fs::path& process) {
  std::error_code fault;
  for (const auto& descriptor : fs::directory_iterator(process / "fd", fault)) {
    const fs::path target = fs::read_symlink(descriptor.path(), fault);
    if (fault || target.string().find(std::string("memfd:") + file_name) == std::string::npos)
      continue;
    const auto text = util::read_file(descriptor.path().string());
    return text ? status_of(*text) : std::nullopt;
  }
  return std::nullopt;
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

std::optional<DaemonStatus> find_daemon(const std::string& socket) {
  std::error_code fault;
  for (const auto& process : fs::directory_iterator("/proc", fault)) {
    const std::string name = process.path().filename().string();
    if (!is_process(name)) continue;
    auto status = status_in(process.path());
    if (!status || status->socket != socket) continue;
    status->pid = std::stoi(name);
    return status;
  }
  return std::nullopt;
}

}  // namespace evidence
