// SPDX-License-Identifier: BSD-2-Clause
// tenantctl: which command is meant.
#include <array>
#include <cstdio>
#include <exception>

#include "ctl/command.h"
#include "milter/evidence/options.h"
#include "util/format.h"
#include "version.h"

namespace ctl {

namespace {

constexpr int exit_usage = 64;
constexpr int exit_software = 70;

struct Command {
  std::string_view name;
  std::string_view arguments;
  std::string_view help;
  int (*run)(const Words& words);
};

constexpr std::array<Command, 2> commands{{
    {"check", "MESSAGE.eml... --client-ip IP [flag...]",
     "Judge messages as the daemon would; exit 0 accept, 1 reject, 75 tempfail.", check},
    {"policy", "check [SOURCE]", "All errors and warnings of a policy.", policy},
}};

std::string usage() {
  std::string text = "usage: tenantctl COMMAND [argument...]\n\n";
  for (const Command& command : commands)
    text += util::format("  {} {}\n        {}\n", command.name, command.arguments, command.help);
  return text + "\nEach command takes the daemon's -c FILE and -P SOURCE. See tenantctl(1).\n";
}

int run(const Words& words) {
  if (words.empty() || words[0] == "-h" || words[0] == "--help") {
    std::fputs(usage().c_str(), words.empty() ? stderr : stdout);
    return words.empty() ? exit_usage : 0;
  }
  if (words[0] == "-V" || words[0] == "--version")
    return std::printf("tenantctl %s\n", version) < 0;
  for (const Command& command : commands) {
    if (command.name == words[0]) return command.run({words.begin() + 1, words.end()});
  }
  std::fprintf(stderr, "tenantctl: found \"%s\", expected a command\n%s", words[0].c_str(),
               usage().c_str());
  return exit_usage;
}

}  // namespace

util::Result<evidence::Settings> daemon_settings(const util::Arguments& arguments) {
  Words words{"tenantctl"};
  for (const char* name : {"config", "policy"}) {
    if (arguments.has(name)) words.push_back(util::format("--{}={}", name, arguments.value(name)));
  }
  std::vector<const char*> argv;
  for (const std::string& word : words) argv.push_back(word.c_str());
  return evidence::read_settings(static_cast<int>(argv.size()), argv.data());
}

int failed(const util::Error& error) {
  std::fprintf(stderr, "tenantctl: %s\n", error.text.c_str());
  return error.exit_code != 0 ? error.exit_code : exit_software;
}

}  // namespace ctl

int main(int argc, char** argv) {
  try {
    return ctl::run({argv + 1, argv + argc});
  } catch (const std::exception& exception) {
    return ctl::failed({util::format("internal fault: {}", exception.what()), 70});
  }
}
