// SPDX-License-Identifier: BSD-2-Clause
#include "ctl/postfix_config.h"

#include <charconv>
#include <cstdlib>
#include <set>
#include <sstream>

#include "ctl/command.h"
#include "util/format.h"
#include "util/process.h"
#include "util/text.h"

namespace ctl {

namespace {

using util::format;

constexpr const char* asked[] = {
    "compatibility_level",
    "config_directory",
    "default_process_limit",
    "inet_interfaces",
    "mail_owner",
    "mail_version",
    "milter_command_timeout",
    "milter_content_timeout",
    "milter_default_action",
    "milter_macro_daemon_name",
    "milter_protocol",
    "non_smtpd_milters",
    "queue_directory",
    "receive_override_options",
    "smtpd_milter_maps",
    "smtpd_milters",
    "smtpd_proxy_filter",
    "smtpd_service_name",
    "smtpd_tls_ask_ccert",
    "smtpd_tls_req_ccert",
};

const std::string& value_in(const Parameters& parameters, const std::string& name) {
  static const std::string none;
  const auto found = parameters.find(name);
  return found == parameters.end() ? none : found->second;
}

// "name = value", or "name =".
std::pair<std::string, std::string> parse_setting(const std::string& line) {
  const auto equals = line.find('=');
  if (equals == std::string::npos) return {};
  return {std::string(util::trimmed(line.substr(0, equals))),
          std::string(util::trimmed(line.substr(equals + 1)))};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// One configuration, asked by postconf.
class Postconf {
 public:
  Postconf(std::string program, const std::string& directory) : words_{std::move(program)} {
    if (!directory.empty()) words_.insert(words_.end(), {"-c", directory});
  }

  util::Result<std::vector<std::string>> lines(const std::vector<std::string>& more) const {
    std::vector<std::string> words = words_;
    words.insert(words.end(), more.begin(), more.end());
    const auto ended = util::run_program(words);
    if (!ended) return util::Error{ended.error().text, exit_no_input};
    if (ended->status != 0)
      return util::Error{format("{}: {}", words[0], last_line(ended->errors)), exit_no_input};
    return lines_of(ended->output);
  }

  util::Result<Parameters> parameters(std::vector<std::string> words) const {
    words.insert(words.end(), std::begin(asked), std::end(asked));
    const auto said = lines(words);
    if (!said) return said.error();
    Parameters found;
    for (const std::string& line : *said) found.insert(parse_setting(line));
    return found;
  }

 private:
  static std::string last_line(const std::string& errors) {
    const auto all = lines_of(errors);
    return all.empty() ? "it failed" : all.back();
  }

  std::vector<std::string> words_;
};

// A line of "postconf -M": seven columns, the command and its arguments.
Service parse_service(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  Service service;
  constexpr std::size_t columns = 8;
  if (words.size() < columns) return service;
  service.name = words[0];
  service.type = words[1];
  service.chroot = words[4];
  service.limit = words[6];
  service.command = words[7].substr(words[7].rfind('/') + 1);
  service.address = service.name;
  for (const std::string& word : words) service.line += (service.line.empty() ? "" : " ") + word;
  return service;
}

// What "postconf -P" says of one service: "smtp/inet/name = value".
Parameters options_of(const Service& service, const std::vector<std::string>& all) {
  Parameters options;
  const std::string prefix = service.title() + "/";
  for (const std::string& line : all) {
    if (line.starts_with(prefix)) options.insert(parse_setting(line.substr(prefix.size())));
  }
  return options;
}

util::Status read_values(const Postconf& postconf, Service& service) {
  std::vector<std::string> words{"-x"};
  for (const auto& [name, value] : service.options)
    words.insert(words.end(), {"-o", format("{}={}", name, value)});
  const auto values = postconf.parameters(words);
  if (!values) return values.error();
  service.values = *values;
  return util::Done{};
}

// Postfix 3.0 and later, unless it is told to be as compatible as before.
bool chroots_by_default(const Parameters& values) {
  auto first_number = [&](const char* name) {
    int number = 0;
    const std::string& text = value_in(values, name);
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
  };
  return first_number("mail_version") < 3 || first_number("compatibility_level") < 1;
}

// Those that take mail by SMTP: behind a port of their own, or behind postscreen's.
util::Result<std::vector<Service>> read_listeners(const Postconf& postconf) {
  const auto lines = postconf.lines({"-M"});
  if (!lines) return lines.error();
  const auto options = postconf.lines({"-P"});
  if (!options) return options.error();
  std::vector<Service> all;
  std::map<std::string, std::string> passed_by;  // the service behind, by postscreen's
  for (const std::string& line : *lines) {
    Service service = parse_service(line);
    if (service.command != "smtpd" && service.command != "postscreen") continue;
    service.options = options_of(service, *options);
    if (const util::Status read = read_values(postconf, service); !read) return read.error();
    if (service.command == "postscreen" && service.type == "inet")
      passed_by[service.value("smtpd_service_name")] = service.name;
    if (service.command == "smtpd") all.push_back(std::move(service));
  }
  std::vector<Service> listeners;
  for (Service& service : all) {
    if (service.type == "pass" && passed_by.contains(service.name))
      service.address = passed_by[service.name];
    else if (service.type != "inet")
      continue;
    listeners.push_back(std::move(service));
  }
  return listeners;
}

}  // namespace

const std::string& Service::value(const std::string& parameter) const {
  return value_in(values, parameter);
}

const std::string& PostfixConfig::value(const std::string& parameter) const {
  return value_in(values, parameter);
}

bool PostfixConfig::is_chrooted(const Service& service) const {
  return service.chroot == "y" || (service.chroot == "-" && chroots_by_default);
}

Place main_place(const PostfixConfig& postfix, const std::string& parameter) {
  const std::string before = parameter + " = ";
  return {format("{}/main.cf: {}", postfix.directory, parameter),
          before + value_in(postfix.written, parameter), before, false};
}

Place option_place(const PostfixConfig& postfix, const Service& service,
                   const std::string& parameter) {
  const std::string before = format("-o {}=", parameter);
  return {format("{}/master.cf: {}", postfix.directory, service.title()),
          before + value_in(service.options, parameter), before, true};
}

Place place_of(const PostfixConfig& postfix, const Service& service, const std::string& parameter) {
  return service.options.contains(parameter) ? option_place(postfix, service, parameter)
                                             : main_place(postfix, parameter);
}

std::string find_postconf() { return util::find_program("postconf", {"/usr/sbin"}); }

util::Result<PostfixConfig> read_postfix(const std::string& directory) {
  const std::string program = find_postconf();
  if (program.empty())
    return util::Error{"postconf: found none, expected it in PATH or /usr/sbin", exit_no_input};
  const Postconf postconf(program, directory);
  PostfixConfig postfix;
  const auto written = postconf.parameters({});
  if (!written) return written.error();
  const auto values = postconf.parameters({"-x"});
  if (!values) return values.error();
  auto listeners = read_listeners(postconf);
  if (!listeners) return listeners.error();
  postfix.written = *written;
  postfix.values = *values;
  postfix.listeners = std::move(*listeners);
  postfix.directory = postfix.value("config_directory");
  postfix.chroots_by_default = chroots_by_default(postfix.values);
  return postfix;
}

}  // namespace ctl
