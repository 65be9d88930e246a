// SPDX-License-Identifier: BSD-2-Clause
// tenantctl completion: shell code that completes both programs, made from their tables.
#include <cstdio>

#include "ctl/command.h"
#include "milter/evidence/options.h"
#include "util/format.h"
#include "util/text.h"

namespace ctl {

namespace {

using util::format;

// What can stand for an argument or an operand, as its name in the usage tells.
bool is_choice(std::string_view names) {
  return names.find('|') != std::string_view::npos && names.find('[') == std::string_view::npos;
}

bool is_file(std::string_view names) {
  for (const std::string_view word : {"FILE", "SOURCE", ".eml"}) {
    if (names.find(word) != std::string_view::npos) return true;
  }
  return false;
}

std::string choices(std::string_view names) {
  std::string words;
  for (const std::string_view word : util::split(names, '|'))
    words += format("{}{}", words.empty() ? "" : " ", word);
  return words;
}

std::string function_name(std::string_view words) {
  std::string name;
  for (const char c : words) name += c == ' ' || c == '-' ? '_' : c;
  return "_" + name;
}

// The words of a program's sub-commands that may stand at this place, by what stands
// before it ("" for the first word).
std::string words_after(std::string_view first) {
  std::string words;
  for (const Command* command : commands()) {
    const auto space = command->name.find(' ');
    const std::string_view head = command->name.substr(0, space);
    const std::string_view word = first.empty() ? head : command->name.substr(space + 1);
    const bool fits = first.empty() || (head == first && space != std::string_view::npos);
    if (fits && (" " + words + " ").find(format(" {} ", word)) == std::string::npos)
      words += format("{}{}", words.empty() ? "" : " ", word);
  }
  return words;
}

// --- bash

std::string bash_values(std::string_view names) {
  if (is_choice(names)) return format("-W \"{}\"", choices(names));
  return is_file(names) ? "-f" : "-W \"\"";
}

// A function that completes the flags, their values and the operands of one command.
std::string bash_function(std::string_view words, const std::vector<util::Flag>& flags,
                          std::string_view operands) {
  std::string names;
  std::string cases;
  for (const util::Flag& flag : flags) {
    names += format("{}--{}", names.empty() ? "" : " ", flag.name);
    if (!flag.takes_value()) continue;
    const std::string letter = flag.letter != 0 ? format("-{}|", flag.letter) : "";
    cases += format("    {}--{}) _tenant_milter_reply {}; return ;;\n", letter, flag.name,
                    bash_values(flag.argument));
  }
  const std::string cases_code = cases.empty() ? "" : format("  case $2 in\n{}  esac\n", cases);
  return format(
      "{0}() {{  # current word, word before it\n"
      "  cur=$1\n"
      "{1}"
      "  case $1 in\n"
      "    -*) _tenant_milter_reply -W \"{2}\" ;;\n"
      "    *) _tenant_milter_reply {3} ;;\n"
      "  esac\n"
      "}}\n\n",
      function_name(words), cases_code, names, bash_values(operands));
}

std::string bash_dispatch() {
  std::string first;
  std::string second;
  for (const Command* command : commands()) {
    const auto space = command->name.find(' ');
    const std::string line =
        format("    \"{}\") {} \"$cur\" \"$before\" ;;\n",
               space == std::string_view::npos ? format("{} \"*\"", command->name) : command->name,
               function_name(format("tenantctl {}", command->name)));
    second += line;
    if (space == std::string_view::npos) continue;
    const std::string_view head = command->name.substr(0, space);
    const std::string group = format("    \"{} \"*) [ \"$at\" -ne 2 ] ||", head);
    if (first.find(group) == std::string::npos)
      first +=
          format("{} {{ _tenant_milter_reply -W \"{}\"; return; }} ;;\n", group, words_after(head));
  }
  return format(
      "_tenantctl() {{\n"
      "  local cur before at\n"
      "  _tenant_milter_words\n"
      "  if [ \"$at\" -eq 1 ]; then\n"
      "    _tenant_milter_reply -W \"{}\"\n"
      "    return\n"
      "  fi\n"
      "  case \"${{words[1]}} ${{words[2]}}\" in\n{}  esac\n"
      "  case \"${{words[1]}} ${{words[2]}}\" in\n{}  esac\n"
      "}}\n\n",
      words_after(""), first, second);
}

// bash breaks words at "=" too: "--mode=mon" comes as three.
constexpr std::string_view bash_common = R"(# Completion of tenant-milter and tenantctl for bash.
_tenant_milter_reply() {
  COMPREPLY=()
  while IFS= read -r one; do COMPREPLY+=("$one"); done < <(compgen "$@" -- "$cur")
}

_tenant_milter_words() {
  words=("${COMP_WORDS[@]}")
  at=$COMP_CWORD
  cur=${words[at]}
  before=${words[at-1]}
  if [ "$cur" = "=" ]; then cur=""; elif [ "$before" = "=" ]; then before=${words[at-2]}; fi
}

)";

std::string bash() {
  std::string text(bash_common);
  for (const Command* command : commands())
    text += bash_function(format("tenantctl {}", command->name), all_flags(*command),
                          command->operands.names);
  text += bash_function("tenant milter flags", evidence::flags(), "");
  text += bash_dispatch();
  text +=
      "_tenant_milter() {\n  local cur before at\n  _tenant_milter_words\n"
      "  _tenant_milter_flags \"$cur\" \"$before\"\n}\n\n";
  return text +=
         "complete -o filenames -F _tenant_milter tenant-milter\n"
         "complete -o filenames -F _tenantctl tenantctl\n";
}

// --- zsh

// Inside a single-quoted _arguments specification.
std::string zsh_escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\'')
      escaped += "'\\''";
    else if (c == '[' || c == ']' || c == ':' || c == '\\')
      escaped += std::string{'\\', c};
    else
      escaped += c;
  }
  return escaped;
}

std::string zsh_values(std::string_view names) {
  if (is_choice(names)) return format(":{}:({})", zsh_escaped(names), choices(names));
  return format(":{}:{}", zsh_escaped(names), is_file(names) ? "_files" : "");
}

std::string zsh_function(std::string_view words, const std::vector<util::Flag>& flags,
                         std::string_view operands) {
  std::string text = format("{}() {{\n  _arguments -s", function_name(words));
  for (const util::Flag& flag : flags) {
    const std::string many = flag.repeatable ? "*" : "";
    const std::string value = flag.takes_value() ? zsh_values(flag.argument) : "";
    text += format(" \\\n    '{}--{}{}[{}]{}'", many, flag.name, flag.takes_value() ? "=" : "",
                   zsh_escaped(flag.help), value);
    if (flag.letter != 0)
      text += format(" \\\n    '{}-{}[{}]{}'", many, flag.letter, zsh_escaped(flag.help), value);
  }
  if (!operands.empty()) text += format(" \\\n    '*{}'", zsh_values(operands));
  return text + "\n}\n\n";
}

std::string zsh_dispatch() {
  std::string first;
  std::string second;
  for (const Command* command : commands()) {
    const auto space = command->name.find(' ');
    const std::string_view head = command->name.substr(0, space);
    const std::string function = function_name(format("tenantctl {}", command->name));
    if (space == std::string_view::npos) {
      first +=
          format("    {}) words=(\"${{words[@]:1}}\"); ((CURRENT--)); {} ;;\n", head, function);
      continue;
    }
    const std::string group = format("    {}) if ((CURRENT == 3)); then", head);
    if (first.find(group) == std::string::npos)
      first += format("{} compadd {}; else _tenantctl_two; fi ;;\n", group, words_after(head));
    second += format("    \"{}\") words=(\"${{words[@]:2}}\"); ((CURRENT -= 2)); {} ;;\n",
                     command->name, function);
  }
  return format(
      "_tenantctl_two() {{\n"
      "  case \"$words[2] $words[3]\" in\n{}  esac\n"
      "}}\n\n"
      "_tenantctl() {{\n"
      "  if ((CURRENT == 2)); then compadd {}; return; fi\n"
      "  case $words[2] in\n{}  esac\n"
      "}}\n\n",
      second, words_after(""), first);
}

std::string zsh() {
  std::string text = "#compdef tenant-milter tenantctl\n# Completion for zsh.\n";
  for (const Command* command : commands())
    text += zsh_function(format("tenantctl {}", command->name), all_flags(*command),
                         command->operands.names);
  text += zsh_function("tenant milter", evidence::flags(), "");
  text += zsh_dispatch();
  return text +=
         "case $service in\n  tenant-milter) _tenant_milter ;;\n"
         "  tenantctl) _tenantctl ;;\nesac\n";
}

int completion(const util::Arguments& arguments) {
  const std::string& shell = arguments.positional[0];
  if (shell != "bash" && shell != "zsh")
    return failed({format("completion: found \"{}\", expected bash or zsh", shell), exit_usage});
  const std::string text = shell == "bash" ? bash() : zsh();
  return std::fputs(text.c_str(), stdout) < 0;
}

}  // namespace

constexpr Command completion_command{
    .name = "completion",
    .operands = {"bash|zsh", 1, 1},
    .required_flags = "",
    .flags = {},
    .help = "Print shell code that completes tenant-milter and tenantctl.",
    .manual = "The packages install it.",
    .example = "tenantctl completion bash",
    .run = completion,
};

}  // namespace ctl
