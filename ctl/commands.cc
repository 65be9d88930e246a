// SPDX-License-Identifier: BSD-2-Clause
// The table of commands, and which one is meant.
#include <algorithm>
#include <array>
#include <cstdio>

#include "ctl/command.h"
#include "milter/evidence/options.h"
#include "util/format.h"

namespace ctl {

namespace {

using util::format;

constexpr std::array table{
    &allow_command,       &block_command,       &check_command,         &completion_command,
    &discover_command,    &doctor_command,      &explain_command,       &indicators_command,
    &learn_command,       &ping_command,        &platforms_command,     &policy_check_command,
    &policy_diff_command, &policy_show_command, &policy_status_command, &report_command,
    &revoke_command,      &sender_add_command,  &sender_remove_command, &senders_command,
    &simulate_command,    &unblock_command,     &version_command,
};

constexpr util::Flag every_command[] = {
    {'c', "config", "FILE", false, "The daemon's configuration file, read for its settings."},
    {'P', "policy", "SOURCE", false, "Another policy than that of the configuration file."},
    {'h', "help", "", false, "Print the usage and exit."},
};

bool is_help(const std::string& word) { return word == "-h" || word == "--help"; }

// The command that the first words name, and how many of them do.
struct Meant {
  const Command* command = nullptr;
  std::ptrdiff_t words = 0;
};

Meant meant_by(const Words& words) {
  for (const Command* command : table) {
    const bool has_two = command->name.find(' ') != std::string_view::npos;
    if (!has_two && words[0] == command->name) return {command, 1};
    if (has_two && words.size() > 1 && format("{} {}", words[0], words[1]) == command->name)
      return {command, 2};
  }
  return {};
}

// The commands that begin with this word, for an error; all where none does.
std::string expected_after(const std::string& word) {
  std::string names;
  std::string all;
  for (const Command* command : table) {
    all += format("{}{}", all.empty() ? "" : ", ", command->name);
    if (command->name.starts_with(word + " "))
      names += format("{}{}", names.empty() ? "" : ", ", command->name);
  }
  return names.empty() ? all : names;
}

util::Result<util::Arguments> parsed(const Command& command, const Words& words) {
  auto arguments = util::parse_arguments(words, all_flags(command), true);
  if (!arguments) return arguments;
  const std::size_t count = arguments->positional.size();
  if (count < command.operands.least)
    return util::Error{format("{}: expected {}", command.name, command.operands.names), exit_usage};
  if (count > command.operands.most)
    return util::Error{
        format("{}: found \"{}\", expected {}", command.name,
               arguments->positional[command.operands.most],
               command.operands.most == 0 ? "nothing"
                                          : "no more than " + std::string(command.operands.names)),
        exit_usage};
  return arguments;
}

int say(const std::string& text) { return std::fputs(text.c_str(), stdout) < 0; }

}  // namespace

std::span<const Command* const> commands() { return table; }

std::span<const util::Flag> common_flags() { return every_command; }

std::vector<util::Flag> all_flags(const Command& command) {
  std::vector<util::Flag> flags(command.flags.begin(), command.flags.end());
  flags.insert(flags.end(), std::begin(every_command), std::end(every_command));
  return flags;
}

std::string usage(const Command& command) {
  std::string text = format("usage: tenantctl {}", command.name);
  for (const std::string_view part :
       {command.required_flags, std::string_view("[flag...]"), command.operands.names}) {
    if (!part.empty()) text += format(" {}", part);
  }
  text += format("\n\n{}\n", command.help);
  if (!command.manual.empty()) text += format("{}\n", command.manual);
  text += "\n";
  for (const util::Flag& flag : all_flags(command)) text += util::usage_lines(flag);
  return text += format("\nExample:\n  {}\n", command.example);
}

std::string usage() {
  std::string text = "usage: tenantctl COMMAND [argument...]\n\n";
  for (const Command* command : table) text += format("  {:14} {}\n", command->name, command->help);
  return text += "\n\"tenantctl COMMAND --help\" says more of each; so does tenantctl(1).\n";
}

int run(const Words& words) {
  if (words.empty()) {
    std::fputs(usage().c_str(), stderr);
    return exit_usage;
  }
  if (is_help(words[0])) return say(usage());
  if (words[0] == "-V" || words[0] == "--version") return run({"version"});
  const Meant meant = meant_by(words);
  if (meant.command == nullptr) {
    const std::string found = words.size() > 1 ? format("{} {}", words[0], words[1]) : words[0];
    return failed({format("found \"{}\", expected a command: {}", found, expected_after(words[0])),
                   exit_usage});
  }
  const Words rest(words.begin() + meant.words, words.end());
  if (std::any_of(rest.begin(), rest.end(), is_help)) return say(usage(*meant.command));
  const auto arguments = parsed(*meant.command, rest);
  if (!arguments) return failed(arguments.error());
  return meant.command->run(*arguments);
}

util::Result<evidence::Settings> daemon_settings(const util::Arguments& arguments) {
  Words words{"tenantctl"};
  for (const char* name : {"config", "policy"}) {
    if (arguments.has(name)) words.push_back(format("--{}={}", name, arguments.value(name)));
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
