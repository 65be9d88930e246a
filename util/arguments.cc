// SPDX-License-Identifier: BSD-2-Clause
#include "util/arguments.h"

#include <CLI/CLI.hpp>

#include "util/format.h"

namespace util {

namespace {

constexpr int exit_usage = 64;

std::string spelled(const Flag& flag) {
  const std::string name = "--" + std::string(flag.name);
  return flag.letter == 0 ? name : std::string{'-', flag.letter} + "," + name;
}

void declare(CLI::App& app, const Flag& flag, Arguments& arguments) {
  const std::string name(flag.name);
  if (!flag.takes_value()) {
    app.add_flag(spelled(flag), [&arguments, name](std::int64_t count) {
      if (count > 0) arguments.flags[name] = {"yes"};
    });
    return;
  }
  CLI::Option* option = app.add_option_function<std::vector<std::string>>(
      spelled(flag), [&arguments, name](const std::vector<std::string>& values) {
        arguments.flags[name] = values;
      });
  option->type_size(1)->allow_extra_args(false);
  if (flag.repeatable)
    option->expected(1, CLI::detail::expected_max_vector_size);
  else
    option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

}  // namespace

std::string usage_lines(const Flag& flag) {
  const std::string letter = flag.letter != 0 ? format("-{}, ", flag.letter) : "    ";
  const std::string argument = flag.takes_value() ? format(" {}", flag.argument) : "";
  return format("  {}--{}{}\n        {}\n", letter, flag.name, argument, flag.help);
}

std::string Arguments::value(const std::string& name, const std::string& otherwise) const {
  const auto found = flags.find(name);
  return found == flags.end() || found->second.empty() ? otherwise : found->second.back();
}

std::vector<std::string> Arguments::values(const std::string& name) const {
  const auto found = flags.find(name);
  return found == flags.end() ? std::vector<std::string>{} : found->second;
}

Result<Arguments> parse_arguments(const std::vector<std::string>& words,
                                  std::span<const Flag> flags, bool takes_positional) {
  CLI::App app;
  app.set_help_flag();
  Arguments arguments;
  for (const Flag& flag : flags) declare(app, flag, arguments);
  if (takes_positional) app.add_option("ARGUMENT", arguments.positional);
  // CLI11 would take the value of a switch for how often it was given.
  for (const Flag& flag : flags) {
    const std::string with_value = "--" + std::string(flag.name) + "=";
    for (const std::string& word : words) {
      if (!flag.takes_value() && word.starts_with(with_value))
        return Error{"--" + std::string(flag.name) + " takes no value", exit_usage};
    }
  }
  try {
    // CLI11 takes the words from the back.
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::ParseError& error) {
    return Error{error.what(), exit_usage};
  }
  return arguments;
}

}  // namespace util
