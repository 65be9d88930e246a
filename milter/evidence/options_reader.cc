// SPDX-License-Identifier: BSD-2-Clause
// Reading the command line and the configuration file by the options table.
#include <unistd.h>

#include <climits>
#include <map>

#include "milter/evidence/options.h"
#include "util/file.h"
#include "util/format.h"
#include "util/text.h"

namespace evidence {

namespace {

using util::Done;
using util::Error;
using util::format;
using util::Status;

using Given = std::map<std::string, std::vector<std::string>>;

constexpr int exit_usage = 64;
constexpr int exit_no_input = 66;
constexpr int exit_config = 78;

Status apply_given(Settings& settings, const Given& given) {
  for (const auto& [name, values] : given) {
    const Option& option = *option_named(name);
    if (option.repeatable) settings.resolver.nameservers.clear();  // the file's
    for (const std::string& value : values) {
      if (const Status done = option.apply(settings, value); !done)
        return Error{
            format("--{}: found \"{}\", {}", name, util::shown(value, 200), done.error().text),
            exit_usage};
    }
  }
  return Done{};
}

Status apply_config_file(Settings& settings) {
  const auto text = util::read_file(settings.config_file);
  if (text) return apply_config_text(settings, *text, settings.config_file);
  const bool is_absent = text.error().exit_code == exit_no_input;
  if (is_absent && !settings.config_file_given) return Done{};
  return text.error();
}

Status check_together(const Settings& settings) {
  if (settings.scope == ScopeKind::relayed &&
      (settings.local_transports.empty() || settings.inbound_domains.empty()))
    return Error{"--scope=relayed: expected --local-transports and --inbound-domains to be set",
                 exit_config};
  if (!settings.metrics.empty())
    return Error{format("--metrics: found \"{}\", but metrics are not built in", settings.metrics),
                 exit_config};
  return Done{};
}

std::string host_name() {
  char name[HOST_NAME_MAX + 1] = {};
  if (gethostname(name, sizeof name - 1) != 0 || name[0] == '\0') return "localhost";
  return name;
}

// Defaults, then the file, then the command line.
util::Result<Settings> layered(const Settings& from_flags, const Given& given) {
  Settings settings;
  settings.config_file = from_flags.config_file;
  settings.config_file_given = from_flags.config_file_given;
  settings.given = given;
  if (const Status done = apply_config_file(settings); !done) return done.error();
  if (const Status done = apply_given(settings, given); !done) return done.error();
  if (const Status done = check_together(settings); !done) return done.error();
  if (settings.authserv_id.empty()) settings.authserv_id = host_name();
  return settings;
}

}  // namespace

util::Flag flag_of(const Option& option) {
  return {option.letter, option.name, option.argument, option.repeatable, option.help};
}

std::vector<util::Flag> flags() {
  std::vector<util::Flag> all;
  for (const Option& option : options()) all.push_back(flag_of(option));
  return all;
}

Status apply_config_text(Settings& settings, std::string_view text, const std::string& file) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";  // some editors write it
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  unsigned number = 0;
  std::map<std::string_view, unsigned> seen;
  for (std::string_view line : util::split(text, '\n')) {
    ++number;
    line = util::trimmed(line);
    if (line.empty() || line.front() == '#') continue;
    auto faulty = [&](std::string_view found, std::string_view wanted) {
      return Error{format("{}:{}: found \"{}\", {}", file, number, util::shown(found, 200), wanted),
                   exit_config};
    };
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) return faulty(line, "expected key = value");
    const std::string_view key = util::trimmed(line.substr(0, equals));
    const std::string_view value = util::trimmed(line.substr(equals + 1));
    const Option* option = option_named(key);
    if (option == nullptr || !option->in_file)
      return faulty(key, "expected a long flag of tenant-milter --help, without its dashes");
    const auto [first, is_new] = seen.emplace(option->name, number);
    if (!is_new && !option->repeatable)
      return faulty(key, format("expected it once (it stands in line {} too)", first->second));
    if (const Status done = option->apply(settings, value); !done)
      return faulty(value, format("{} for {}", done.error().text, key));
  }
  return Done{};
}

util::Result<Settings> read_settings(int argc, const char* const* argv) {
  const auto given = util::parse_arguments({argv + 1, argv + argc}, flags(), false);
  if (!given) return given.error();
  // First for --config; what the file says goes below the command line.
  Settings from_flags;
  if (const Status done = apply_given(from_flags, given->flags); !done) return done.error();
  if (from_flags.show_help || from_flags.show_version) return from_flags;
  return layered(from_flags, given->flags);
}

Status reread_settings(Settings& settings) {
  const auto fresh = layered(settings, settings.given);
  if (!fresh) return fresh.error();
  // What can't change while the daemon runs keeps its value.
  Settings next = *fresh;
  next.socket = settings.socket;
  next.socket_mode = settings.socket_mode;
  next.socket_group = settings.socket_group;
  next.user = settings.user;
  next.resolver = settings.resolver;
  next.log_target = settings.log_target;
  next.metrics = settings.metrics;
  next.foreground = settings.foreground;
  settings = std::move(next);
  return Done{};
}

std::string help_text() {
  std::string text = "usage: tenant-milter [flag...]\n\n";
  for (const Option& option : options()) {
    text += util::usage_lines(flag_of(option));
    if (!option.standard.empty()) text += format("        Default: {}.\n", option.standard);
  }
  return text;
}

}  // namespace evidence
