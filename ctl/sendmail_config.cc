// SPDX-License-Identifier: BSD-2-Clause
#include "ctl/sendmail_config.h"

#include <algorithm>
#include <sstream>

#include "ctl/command.h"
#include "util/file.h"
#include "util/format.h"
#include "util/text.h"

namespace ctl {

namespace {

using util::format;

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::vector<CfLine> lines_of(const std::string& text) {
  std::vector<CfLine> lines;
  std::istringstream in(text);
  unsigned number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (!line.empty() && util::is_wsp(line[0]) && !lines.empty())
      lines.back().text += " " + std::string(util::trimmed(line));
    else
      lines.push_back({number, line});
  }
  return lines;
}

// The value of "O Name=value", whose name is without case; nothing for other lines.
std::optional<std::string> option_value(const std::string& line, std::string_view name) {
  if (!line.starts_with("O ")) return std::nullopt;
  const auto equals = line.find('=');
  if (equals == std::string::npos ||
      !util::ascii_iequals(util::trimmed(line.substr(2, equals - 2)), name))
    return std::nullopt;
  return std::string(util::trimmed(line.substr(equals + 1)));
}

// The rule of ruleset Canonify2 that is there unless FEATURE(`nocanonify') is: it asks DNS
// for every domain, on no condition.
bool is_canonifying(const std::string& line) {
  constexpr std::string_view left = "R$* $| $* < @ $* > $*";
  return line.starts_with(left) && line.find("$[", left.size()) != std::string::npos;
}

CfFilter parse_filter(const CfLine& line) {
  const auto comma = line.text.find(',');
  CfFilter filter{line, std::string(util::trimmed(line.text.substr(1, comma - 1))), {}};
  if (comma != std::string::npos) filter.fields = parse_fields(line.text.substr(comma + 1));
  return filter;
}

void read_line(const CfLine& line, SendmailConfig& config) {
  if (line.text.starts_with('X')) config.filters.push_back(parse_filter(line));
  if (const auto value = option_value(line.text, "InputMailFilters")) {
    config.input_filters = line;
    config.inputs = names_in(*value, filter_separators);
  }
  if (const auto value = option_value(line.text, "DaemonPortOptions"))
    config.listeners.push_back({line, parse_fields(*value)});
  if (option_value(line.text, "MaxDaemonChildren")) config.max_children = line;
  if (is_canonifying(line.text)) config.canonifying = line;
}

}  // namespace

std::vector<std::string> names_in(std::string_view text, std::string_view separators) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(separators), text.size());
    if (const auto name = util::trimmed(text.substr(0, end)); !name.empty())
      names.emplace_back(name);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return names;
}

CfFields parse_fields(std::string_view text) {
  CfFields fields;
  for (const std::string& part : names_in(text, ",")) {
    const auto equals = part.find('=');
    if (equals == std::string::npos) continue;
    fields.all.emplace_back(util::trimmed(part.substr(0, equals)),
                            util::trimmed(part.substr(equals + 1)));
  }
  return fields;
}

const std::string* CfFields::find(char letter) const {
  for (const auto& [name, value] : all) {
    if (!name.empty() && upper(name[0]) == letter) return &value;
  }
  return nullptr;
}

std::string CfFields::text() const {
  std::string out;
  for (const auto& [name, value] : all)
    out += format("{}{}={}", out.empty() ? "" : ", ", name, value);
  return out;
}

std::string CfFilter::with(char letter, const std::string& field, const std::string& value) const {
  CfFields changed = fields;
  bool is_there = false;
  for (auto& [key, old] : changed.all) {
    if (!key.empty() && upper(key[0]) == letter) {
      old = value;
      is_there = true;
    }
  }
  if (!is_there) changed.all.emplace_back(field, value);
  return format("X{}, {}", name, changed.text());
}

std::string SendmailConfig::place(const CfLine& line) const {
  return line.number == 0 ? file : format("{}:{}", file, line.number);
}

const CfFilter* SendmailConfig::filter_named(const std::string& name) const {
  const auto found = std::find_if(filters.begin(), filters.end(),
                                  [&](const CfFilter& one) { return one.name == name; });
  return found == filters.end() ? nullptr : &*found;
}

util::Result<SendmailConfig> read_sendmail(const std::string& file) {
  const auto text = util::read_file(file);
  if (!text) return util::Error{text.error().text, exit_no_input};
  SendmailConfig config;
  config.file = file;
  for (const CfLine& line : lines_of(*text)) read_line(line, config);
  return config;
}

}  // namespace ctl
