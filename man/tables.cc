// SPDX-License-Identifier: BSD-2-Clause
#include "man/tables.h"

#include <cctype>

#include "ctl/command.h"
#include "ctl/doctor.h"
#include "milter/evidence/options.h"
#include "milter/evidence/record_fields.h"
#include "policy/reasons.h"
#include "policy/store/keys.h"
#include "policy/verdict.h"
#include "util/format.h"
#include "util/json.h"

namespace man {

namespace {

using util::format;
using util::Json;

// Text as mdoc takes it: a sentence a line, nothing that is a macro or an escape.
std::string prose(std::string_view text) {
  std::string out;
  bool at_start = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (at_start && (c == '.' || c == '\'')) out += "\\&";
    out += c == '\\' ? std::string("\\e") : std::string(1, c);
    const bool ends_sentence = (c == '.' || c == '?') && i + 2 < text.size() &&
                               text[i + 1] == ' ' &&
                               std::isupper(static_cast<unsigned char>(text[i + 2])) != 0;
    at_start = ends_sentence;
    if (!ends_sentence) continue;
    out += '\n';
    ++i;
  }
  return out + '\n';
}

// One argument of a macro.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\\(dq") : std::string(1, c);
  return out + '"';
}

std::string listed(std::string_view items) { return format(".Bl -tag -width Ds\n{}.El\n", items); }

// The item of a flag: ".It Fl c Ar FILE , Fl -config Ar FILE".
std::string flag_item(const util::Flag& flag) {
  const std::string value = flag.takes_value() ? format(" Ar {}", quoted(flag.argument)) : "";
  const std::string brief = flag.letter == 0 ? "" : format("Fl {}{} , ", flag.letter, value);
  return format(".It {}Fl -{}{}\n{}", brief, flag.name, value, prose(flag.help));
}

std::string flag_list(std::span<const util::Flag> flags) {
  std::string items;
  for (const util::Flag& flag : flags) items += flag_item(flag);
  return listed(items);
}

std::string options() {
  std::string items;
  for (const evidence::Option& option : evidence::options()) {
    items += flag_item(evidence::flag_of(option));
    if (!option.standard.empty()) items += prose(format("Default: {}.", option.standard));
  }
  return listed(items);
}

std::string settings() {
  std::string items;
  for (const evidence::Option& option : evidence::options()) {
    if (!option.in_file) continue;
    items += format(".It Ic {} No = Ar {}\n", option.name,
                    quoted(option.argument.empty() ? "yes|no" : option.argument));
    items += prose(option.help) + prose(format("Default: {}.", option.standard));
    if (option.repeatable) items += "May stand several times.\n";
    if (!option.reloadable) items += "A change needs a restart.\n";
  }
  return listed(items);
}

std::string keys_of(unsigned section) {
  std::string items;
  for (const store::KeyInfo& key : store::keys) {
    if ((key.sections & section) == 0) continue;
    items += format(".It Ic {} No \\(em {}\n", key.name, quoted(key.type));
    std::string help(key.help);
    help[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(help[0])));
    items += prose(help + ".");
  }
  return listed(items);
}

std::string checks() {
  std::string items;
  for (std::size_t i = 0; i < policy::check_count; ++i) {
    items += format(".It\n.Sy {}", policy::check_names[i]);
    std::string_view before = " Pq";
    for (const policy::ReasonInfo& reason : policy::reasons) {
      if (reason.check != static_cast<int>(i + 1)) continue;
      items += format("{} Er {}", before, reason.name);
      before = " ,";
    }
    items += "\n";
  }
  return format(".Bl -enum -compact\n{}.El\n", items);
}

std::string reasons() {
  std::string items;
  for (const policy::ReasonInfo& reason : policy::reasons) {
    if (reason.reason == policy::Reason::none) continue;
    items += format(".It Er {} Pq {}\n", reason.name,
                    quoted(format("{} {}", reason.code.smtp, reason.code.enhanced)));
    items += prose(reason.manual) + format(".br\n.Em \"What to do:\"\n{}", prose(reason.remedy));
  }
  return listed(items);
}

std::string commands() {
  std::string text;
  for (const ctl::Command* command : ctl::commands()) {
    text += format(".Ss {}\n.Nm\n.Cm {}\n", command->name, command->name);
    if (!command->required_flags.empty()) {
      const auto space = command->required_flags.find(' ');
      text += format(".Fl {} Ar {}\n", command->required_flags.substr(1, space - 1),
                     quoted(command->required_flags.substr(space + 1)));
    }
    text += ".Op Ar flag ...\n";
    if (!command->operands.names.empty())
      text += format(".Ar {}\n", quoted(command->operands.names));
    text +=
        ".Pp\n" + prose(command->help) + (command->manual.empty() ? "" : prose(command->manual));
    if (!command->flags.empty()) text += flag_list(command->flags);
    text += format(".Pp\nFor example:\n.\\\" example: shell\n.Dl {}\n", command->example);
  }
  return text;
}

std::string findings() {
  std::string items;
  for (const ctl::doctor::KindInfo& info : ctl::doctor::kinds)
    items += format(".It Sy {} Pq {}\n{}", info.name, ctl::doctor::in_words(info.severity),
                    prose(info.why));
  return listed(items);
}

std::string record() {
  std::string items;
  for (const evidence::RecordField& field : evidence::record_fields)
    items += format(".It Va {} No \\(em {}\n{}", field.path, quoted(field.type), prose(field.help));
  return listed(items);
}

struct Named {
  std::string_view name;
  std::string (*make)();
};

constexpr Named tables[] = {
    {"options", options},
    {"settings", settings},
    {"keys-of-policy", [] { return keys_of(store::in_policy); }},
    {"keys-of-defaults", [] { return keys_of(store::in_defaults); }},
    {"keys-of-sender", [] { return keys_of(store::in_sender); }},
    {"keys-of-settings", [] { return keys_of(store::in_settings); }},
    {"keys-of-platform", [] { return keys_of(store::in_platform); }},
    {"keys-of-tenant", [] { return keys_of(store::in_tenant); }},
    {"keys-of-network", [] { return keys_of(store::in_network); }},
    {"checks", checks},
    {"reasons", reasons},
    {"commands", commands},
    {"common-flags", [] { return flag_list(ctl::common_flags()); }},
    {"findings", findings},
    {"record", record},
};

Json flags_json() {
  Json all = Json::object();
  Json daemon = Json::array();
  for (const evidence::Option& option : evidence::options()) daemon.add(option.name);
  all.set("tenant-milter", daemon);
  for (const ctl::Command* command : ctl::commands()) {
    Json own = Json::array();
    for (const util::Flag& flag : command->flags) own.add(flag.name);
    all.set(format("tenantctl {}", command->name), own);
  }
  return all;
}

}  // namespace

std::optional<std::string> table(std::string_view name) {
  for (const Named& one : tables) {
    if (one.name == name) return one.make();
  }
  return std::nullopt;
}

std::string vocabulary() {
  Json settings = Json::array();
  for (const evidence::Option& option : evidence::options())
    if (option.in_file) settings.add(option.name);
  Json keys = Json::array();
  for (const store::KeyInfo& key : store::keys) {
    if ((key.sections & ~(store::in_platform_data | store::in_built_in)) != 0) keys.add(key.name);
  }
  Json reasons = Json::array();
  Json codes = Json::array();
  auto add_code = [&](const policy::ReplyCode& code) {
    codes.add(format("{} {}", code.smtp, code.enhanced));
  };
  for (const policy::ReasonInfo& reason : policy::reasons) {
    if (reason.reason == policy::Reason::none) continue;
    reasons.add(reason.name);
    add_code(reason.code);
  }
  for (const policy::ReplyCode& code :
       {policy::spf_permerror_code, policy::several_failed_code, policy::spf_unavailable_code,
        policy::connections_limit_code, policy::headers_refused_code, policy::removals_limit_code})
    add_code(code);
  Json commands = Json::array();
  for (const ctl::Command* command : ctl::commands()) commands.add(command->name);
  Json findings = Json::array();
  for (const ctl::doctor::KindInfo& info : ctl::doctor::kinds) findings.add(info.name);
  Json fields = Json::array();
  for (const evidence::RecordField& field : evidence::record_fields) fields.add(field.path);
  return Json::object()
      .set("flags", flags_json())
      .set("settings", settings)
      .set("keys", keys)
      .set("reasons", reasons)
      .set("codes", codes)
      .set("commands", commands)
      .set("findings", findings)
      .set("fields", fields)
      .line();
}

}  // namespace man
