// SPDX-License-Identifier: BSD-2-Clause
// Sendmail's part of the doctor: the filter's X line, the lists that name it, the listeners.
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "ctl/command.h"
#include "ctl/doctor.h"
#include "ctl/milter_list.h"
#include "ctl/sendmail_config.h"
#include "ctl/table.h"
#include "milter/evidence/endpoint.h"
#include "util/format.h"
#include "util/text.h"

namespace ctl::doctor {

namespace {

using evidence::Endpoint;
using util::format;

constexpr std::chrono::seconds standard_reply_limit{10};
constexpr std::chrono::seconds standard_message_limit{300};
constexpr std::chrono::seconds progress_interval{5};
constexpr std::string_view right_limits = "S:30s;R:60s;E:5m";

struct Look {
  const SendmailConfig& sendmail;
  const evidence::Settings& settings;
  Report& report;
};

// Whether a filter's S= leads to the daemon's socket.
bool is_ours(const CfFilter& filter, const Endpoint& ours) {
  const std::string* socket = filter.fields.find('S');
  if (socket == nullptr) return false;
  const auto theirs =
      Endpoint::parse(socket->starts_with("local:") ? "unix:" + socket->substr(6) : *socket);
  if (!theirs || theirs->is_unix() != ours.is_unix()) return false;
  if (ours.is_unix()) {
    std::error_code error;
    return std::filesystem::weakly_canonical(theirs->path, error) ==
           std::filesystem::weakly_canonical(ours.path, error);
  }
  return theirs->port == ours.port &&
         (is_wildcard(ours.host) || util::ascii_iequals(theirs->host, ours.host));
}

// The value of one letter in T=S:30s;R:60s;E:5m; nothing where it is not said.
std::optional<std::chrono::seconds> limit_of(const CfFilter& filter, char letter) {
  const std::string* limits = filter.fields.find('T');
  if (limits == nullptr) return std::nullopt;
  for (const std::string& limit : names_in(*limits, ";")) {
    if (limit.size() > 2 && limit[0] == letter && limit[1] == ':')
      return parse_time(limit.substr(2));
  }
  return std::nullopt;
}

// T= with one limit put in.
std::string with_limit(const CfFilter& filter, char letter, std::chrono::seconds limit) {
  const std::string* limits = filter.fields.find('T');
  std::vector<std::string> all = names_in(limits == nullptr ? right_limits : *limits, ";");
  std::erase_if(all, [&](const std::string& one) { return one.starts_with(letter); });
  all.push_back(format("{}:{}s", letter, limit.count()));
  return filter.with('T', "T", joined(all, ";"));
}

void add(const Look& look, Kind kind, const CfLine& line, const std::string& right) {
  look.report.add({kind, look.sendmail.place(line), line.text, right});
}

void check_flags(const Look& look, const CfFilter& filter) {
  const std::string* flags = filter.fields.find('F');
  auto has = [&](char flag) { return flags != nullptr && flags->find(flag) != std::string::npos; };
  if (has('T') || has('4')) return;
  add(look, has('R') ? Kind::loses_mail_when_filter_fails : Kind::passes_when_filter_fails,
      filter.line, filter.with('F', "F", "T"));
}

void check_limits(const Look& look, const CfFilter& filter) {
  const auto budget = time_for_dns(look.settings);
  const auto reply = limit_of(filter, 'R').value_or(standard_reply_limit);
  const auto message = limit_of(filter, 'E').value_or(standard_message_limit);
  const std::chrono::seconds right_reply{60};
  if (reply <= progress_interval)
    add(look, Kind::reply_limit_too_short, filter.line, with_limit(filter, 'R', right_reply));
  else if (reply < std::min(budget, patient_enough))
    add(look, Kind::reply_limit_short, filter.line, with_limit(filter, 'R', right_reply));
  if (message < budget)
    add(look, Kind::message_limit_short, filter.line,
        with_limit(filter, 'E', std::max(standard_message_limit, budget)));
}

bool signs(const Look& look, const std::string& name) {
  const CfFilter* filter = look.sendmail.filter_named(name);
  const std::string* socket = filter == nullptr ? nullptr : filter->fields.find('S');
  return is_signer(name) || (socket != nullptr && is_signer(*socket));
}

// The list with the filter before the first that signs; nothing where it stands so.
std::optional<std::vector<std::string>> reordered(const Look& look, const CfFilter& filter,
                                                  std::vector<std::string> names) {
  const auto ours = std::find(names.begin(), names.end(), filter.name);
  const auto signer =
      std::find_if(names.begin(), ours, [&](const std::string& name) { return signs(look, name); });
  if (signer == ours || ours == names.end()) return std::nullopt;
  std::rotate(signer, ours, ours + 1);
  return names;
}

std::string name_of(const CfListener& listener) {
  const std::string* name = listener.fields.find('N');
  return name == nullptr ? "" : *name;
}

bool is_local(const CfListener& listener) {
  const std::string* address = listener.fields.find('A');
  return address != nullptr &&
         (address->starts_with("127.") || *address == "::1" || *address == "localhost");
}

// The line of a listener with another value for one of its fields.
std::string with_field(const CfListener& listener, char letter, const std::string& value) {
  const CfFilter as_filter{{}, "", listener.fields};
  const std::string name = letter == 'N' ? "Name" : "InputFilters";
  return "O DaemonPortOptions=" + as_filter.with(letter, name, value).substr(3);
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// One has to have the filter that the scope names; without names each that has a list of
// its own in place of one with the filter.
void check_listener(const Look& look, const CfFilter& filter, const CfListener& listener) {
  const std::string* own = listener.fields.find('I');
  const auto names = own == nullptr ? look.sendmail.inputs : names_in(*own, filter_separators);
  if (contains(names, filter.name)) {
    const auto right = reordered(look, filter, names);
    if (own != nullptr && right)
      add(look, Kind::signer_before_filter, listener.line,
          with_field(listener, 'I', joined(*right, ";")));
    return;
  }
  const bool is_asked = look.settings.scope == evidence::ScopeKind::daemon
                            ? contains(look.settings.daemon_names, name_of(listener))
                            : contains(look.sendmail.inputs, filter.name);
  if (!is_asked) return;
  std::vector<std::string> right{filter.name};
  right.insert(right.end(), names.begin(), names.end());
  add(look, is_local(listener) ? Kind::reinjection_without_filter : Kind::listener_without_filter,
      listener.line, with_field(listener, 'I', joined(right, ";")));
}

void check_scope(const Look& look) {
  if (look.settings.scope != evidence::ScopeKind::daemon) return;
  const auto& listeners = look.sendmail.listeners;
  for (const std::string& name : look.settings.daemon_names) {
    const bool is_there = std::any_of(listeners.begin(), listeners.end(),
                                      [&](const CfListener& one) { return name_of(one) == name; });
    if (is_there) continue;
    const CfListener first = listeners.empty() ? CfListener{} : listeners.front();
    add(look, Kind::scope_name_unknown, first.line, with_field(first, 'N', name));
  }
}

// Every listener may say it for itself by the modifier C.
void check_canonify(const Look& look) {
  const auto& listeners = look.sendmail.listeners;
  const bool is_said = !listeners.empty() &&
                       std::all_of(listeners.begin(), listeners.end(), [](const CfListener& one) {
                         const std::string* modifiers = one.fields.find('M');
                         return modifiers != nullptr && modifiers->find('C') != std::string::npos;
                       });
  if (look.sendmail.canonifying.number == 0 || is_said) return;
  add(look, Kind::nocanonify_missing, look.sendmail.canonifying,
      "FEATURE(`nocanonify')dnl in sendmail.mc");
}

void check_directory(const Look& look, const Endpoint& ours) {
  if (!ours.is_unix()) return;
  constexpr unsigned others_may_write = S_IWGRP | S_IWOTH;
  for (std::filesystem::path path = ours.path; path != path.parent_path();) {
    path = path.parent_path();
    struct stat file {};
    if (::stat(path.c_str(), &file) != 0 || (file.st_mode & others_may_write) == 0) continue;
    constexpr unsigned all = 07777;
    look.report.add(
        {Kind::socket_directory_writable, path.string(),
         format("chmod {:04o} {}", file.st_mode & all, path.string()),
         format("chmod {:04o} {}", file.st_mode & all & ~others_may_write, path.string())});
  }
}

void check_children(const Look& look) {
  const std::string& text = look.sendmail.max_children.text;
  const auto number = util::trimmed(text.substr(std::min(text.find('=') + 1, text.size())));
  std::size_t most = 0;
  std::from_chars(number.data(), number.data() + number.size(), most);
  if (most > 0)
    look_at_connections(most, look.settings, look.report);
  else
    look.report.not_looked_at.push_back(
        "max-connections: there is no MaxDaemonChildren to compare it with");
}

// The X line that would be right where there is none.
std::string right_filter(const evidence::Settings& settings) {
  return format("Xtenant-milter, S={}, F=T, T={}", settings.socket, right_limits);
}

void look_at_filter(const Look& look, const CfFilter& filter, const Endpoint& ours) {
  const SendmailConfig& sendmail = look.sendmail;
  check_flags(look, filter);
  check_limits(look, filter);
  const auto& inputs = sendmail.inputs;
  const bool is_anywhere =
      contains(inputs, filter.name) ||
      std::any_of(sendmail.listeners.begin(), sendmail.listeners.end(), [&](const CfListener& one) {
        const std::string* own = one.fields.find('I');
        return own != nullptr && contains(names_in(*own, filter_separators), filter.name);
      });
  if (!is_anywhere) {
    std::vector<std::string> right{filter.name};
    right.insert(right.end(), inputs.begin(), inputs.end());
    add(look, Kind::filter_not_attached, sendmail.input_filters,
        "O InputMailFilters=" + joined(right, ", "));
    return;
  }
  if (const auto right = reordered(look, filter, inputs))
    add(look, Kind::signer_before_filter, sendmail.input_filters,
        "O InputMailFilters=" + joined(*right, ", "));
  for (const CfListener& listener : sendmail.listeners) check_listener(look, filter, listener);
  check_directory(look, ours);
}

}  // namespace

util::Status look_at_sendmail(const std::string& file, const evidence::Settings& settings,
                              Report& report) {
  report.mta = "sendmail";
  const auto sendmail = read_sendmail(file);
  if (!sendmail) return sendmail.error();
  const auto ours = Endpoint::parse(settings.socket);
  if (!ours)
    return util::Error{format("{}: no socket that a milter can have", settings.socket),
                       exit_config};
  const Look look{*sendmail, settings, report};
  const auto& filters = sendmail->filters;
  const auto filter = std::find_if(filters.begin(), filters.end(),
                                   [&](const CfFilter& one) { return is_ours(one, *ours); });
  if (filter == filters.end()) {
    const CfFilter* named = sendmail->filter_named("tenant-milter");
    const CfLine line = named == nullptr ? CfLine{} : named->line;
    add(look, Kind::filter_not_attached, line,
        named == nullptr ? right_filter(settings) : named->with('S', "S", settings.socket));
  } else {
    report.looked_at.push_back(
        format("{}: {} with S={}", sendmail->place(filter->line), filter->name, settings.socket));
    look_at_filter(look, *filter, *ours);
  }
  check_scope(look);
  check_canonify(look);
  check_children(look);
  return util::Done{};
}

}  // namespace ctl::doctor
