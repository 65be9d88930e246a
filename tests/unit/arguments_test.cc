// SPDX-License-Identifier: BSD-2-Clause
// util/arguments: command lines in the getopt_long manner.
#include "util/arguments.h"

#include <array>
#include <catch2/catch.hpp>

namespace {

using Words = std::vector<std::string>;

constexpr std::array<util::Flag, 5> flags{{{'c', "config", "FILE", false, ""},
                                           {0, "nameserver", "ADDR", true, ""},
                                           {'n', "check", "", false, ""},
                                           {'f', "foreground", "", false, ""},
                                           {0, "reply-url", "URL", false, ""}}};

util::Result<util::Arguments> parsed(const Words& words, bool takes_positional = true) {
  return util::parse_arguments(words, flags, takes_positional);
}

// All that was understood, in one text; the error where there is one.
std::string described(const Words& words) {
  const auto arguments = parsed(words);
  if (!arguments) return "error";
  std::string text;
  for (const auto& [name, values] : arguments->flags) {
    text += name + "=";
    for (const auto& value : values) text += "<" + value + ">";
    text += " ";
  }
  for (const auto& word : arguments->positional) text += "[" + word + "]";
  return text;
}

}  // namespace

TEST_CASE("flags take their values in every usual way") {
  CHECK(described({}) == "");
  CHECK(described({"-c", "x"}) == "config=<x> ");
  CHECK(described({"-cx"}) == "config=<x> ");
  CHECK(described({"--config", "x"}) == "config=<x> ");
  CHECK(described({"--config=x"}) == "config=<x> ");
  CHECK(described({"-n"}) == "check=<yes> ");
  CHECK(described({"-nf"}) == "check=<yes> foreground=<yes> ");
  CHECK(described({"-nfc", "x"}) == "check=<yes> config=<x> foreground=<yes> ");
  CHECK(described({"a", "-n", "b"}) == "check=<yes> [a][b]");
}

TEST_CASE("values are taken as they stand") {
  CHECK(described({"--config=a=b,c d"}) == "config=<a=b,c d> ");
  CHECK(described({"--config", "a b"}) == "config=<a b> ");
  CHECK(described({"--config", "\"quoted\""}) == "config=<\"quoted\"> ");
  CHECK(described({"--config", "[a,b]"}) == "config=<[a,b]> ");
  CHECK(described({"--config", "{}"}) == "config=<{}> ");
  CHECK(described({"--config", "%%"}) == "config=<%%> ");
  CHECK(described({"--reply-url", "https://relay.example/?r=%{reason}"}) ==
        "reply-url=<https://relay.example/?r=%{reason}> ");
  CHECK(described({"--config", "\xff"}) == "config=<\xff> ");
  CHECK(described({"--config", ""}) == "config=<> ");
  CHECK(described({"--config", "caf\u00e9 \\n"}) == "config=<caf\u00e9 \\n> ");
}

TEST_CASE("several of a repeatable flag add up, else the last one counts") {
  CHECK(described({"--nameserver", "192.0.2.1", "--nameserver=192.0.2.2"}) ==
        "nameserver=<192.0.2.1><192.0.2.2> ");
  CHECK(described({"-c", "x", "-c", "y"}) == "config=<y> ");
  CHECK(described({"-n", "-n"}) == "check=<yes> ");
  // One value a flag: what follows is positional.
  CHECK(described({"--nameserver", "192.0.2.1", "192.0.2.2"}) ==
        "nameserver=<192.0.2.1> [192.0.2.2]");
}

TEST_CASE("two dashes end the flags") {
  CHECK(described({"-n", "--", "-c", "--config"}) == "check=<yes> [-c][--config]");
  CHECK(described({"-"}) == "[-]");
  CHECK(described({"--", "--"}) == "[--]");
  CHECK(described({"a", ""}) == "[a][]");
}

TEST_CASE("what is no flag is an error that names it") {
  const Words bad[] = {{"--nosuch"}, {"--nosuch=1"}, {"-x"}, {"-nx"}};
  for (const auto& words : bad) {
    CAPTURE(words[0]);
    const auto arguments = parsed(words);
    REQUIRE_FALSE(arguments);
    CHECK(arguments.error().exit_code == 64);
    CHECK(arguments.error().text.find(words[0] == "-nx" ? "x" : words[0].substr(0, 8)) !=
          std::string::npos);
  }
}

TEST_CASE("a flag without its value is an error") {
  for (const Words& words : {Words{"--config"}, Words{"-c"}, Words{"-nc"}}) {
    CAPTURE(words[0]);
    const auto arguments = parsed(words);
    REQUIRE_FALSE(arguments);
    CHECK(arguments.error().exit_code == 64);
    CHECK_FALSE(arguments.error().text.empty());
  }
}

// CLI11 takes "=" without a value for none.
TEST_CASE("an empty value is none") { CHECK(described({"--config="}) == "error"); }
TEST_CASE("a switch takes no value") {
  CHECK(described({"--check=yes"}) == "error");
  CHECK(described({"--check=no"}) == "error");
}

TEST_CASE("names are exact: no case, no underscores, no single dash") {
  CHECK(described({"--CONFIG", "x"}) == "error");
  CHECK(described({"--reply_url", "x"}) == "error");
  CHECK(described({"-C", "x"}) == "error");
}

TEST_CASE("words that are no flags are refused where none are taken") {
  const auto arguments = parsed({"-n", "word"}, false);
  REQUIRE_FALSE(arguments);
  CHECK(arguments.error().exit_code == 64);
  CHECK(arguments.error().text.find("word") != std::string::npos);
  CHECK(parsed({"-n"}, false));
  const auto after_dashes = parsed({"--", "word"}, false);
  CHECK_FALSE(after_dashes);
}

TEST_CASE("what was not given has its default") {
  const auto arguments = parsed({"-c", "x", "--nameserver", "a", "--nameserver", "b"});
  REQUIRE(arguments);
  CHECK(arguments->has("config"));
  CHECK_FALSE(arguments->has("check"));
  CHECK(arguments->value("config", "y") == "x");
  CHECK(arguments->value("reply-url", "y") == "y");
  CHECK(arguments->value("reply-url") == "");
  CHECK(arguments->values("nameserver") == Words{"a", "b"});
  CHECK(arguments->values("reply-url").empty());
}

TEST_CASE("the environment and files on the command line mean nothing") {
  CHECK(described({"@/etc/passwd"}) == "[@/etc/passwd]");
  CHECK(described({"-c", "@x"}) == "config=<@x> ");
  CHECK(described({"/check"}) == "[/check]");
}
