// SPDX-License-Identifier: BSD-2-Clause
// tenantctl: which command is meant.
#include <algorithm>
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
    {"check",
     "MESSAGE.eml... --client-ip IP [--client-name NAME] [--helo NAME]\n"
     "        [--mail-from ADDRESS] [--rcpt ADDRESS]... [--login LOGIN] [--certificate NAME]\n"
     "        [--daemon-name NAME] [--rcpt-mailer NAME] [--time RFC3339] [--json]",
     "Judge messages as the daemon would. Without --mail-from the sender is that of a\n"
     "        Return-Path field on top, else the null sender. Exit by the verdict, whatever the\n"
     "        mode: 0 accept, 1 reject, 75 tempfail; of several messages the worst.",
     check},
    {"policy", "check [SOURCE]", "All errors and warnings of a policy.", policy},
}};

constexpr std::string_view common_help =
    "\nEach command takes the daemon's -c FILE and -P SOURCE. DNS is asked as the\n"
    "configuration file says (nameserver = ADDRESS).\n";

std::string usage(const Command& command) {
  return util::format("  {} {}\n        {}\n", command.name, command.arguments, command.help);
}

std::string usage() {
  std::string text = "usage: tenantctl COMMAND [argument...]\n\n";
  for (const Command& command : commands) text += usage(command);
  return text += common_help;
}

bool is_help(const std::string& word) { return word == "-h" || word == "--help"; }

int run(const Words& words) {
  if (words.empty() || is_help(words[0])) {
    std::fputs(usage().c_str(), words.empty() ? stderr : stdout);
    return words.empty() ? exit_usage : 0;
  }
  if (words[0] == "-V" || words[0] == "--version")
    return std::printf("tenantctl %s\n", version) < 0;
  for (const Command& command : commands) {
    if (command.name != words[0]) continue;
    if (std::none_of(words.begin(), words.end(), is_help))
      return command.run({words.begin() + 1, words.end()});
    const std::string text =
        "usage: tenantctl" + usage(command).substr(1) + std::string(common_help);
    return std::fputs(text.c_str(), stdout) < 0;
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
