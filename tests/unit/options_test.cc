// SPDX-License-Identifier: BSD-2-Clause
// milter/evidence/options: every option of the table, on the command line and in the
// configuration file (spec 8).
#include "milter/evidence/options.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>

#include "tests/unit/cases.h"

using evidence::Settings;

namespace {

// A configuration file that goes with the test.
class ConfigFile {
 public:
  explicit ConfigFile(const std::string& text) {
    path_ = std::filesystem::temp_directory_path().string() + "/options_test_XXXXXX";
    const int fd = mkstemp(path_.data());
    REQUIRE(fd >= 0);
    close(fd);
    write(text);
  }
  ~ConfigFile() { std::filesystem::remove(path_); }
  void write(const std::string& text) { std::ofstream(path_) << text; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

util::Result<Settings> read(const std::string& config, std::vector<std::string> words) {
  const ConfigFile file(config);
  words.insert(words.begin(), {"tenant-milter", "-c", file.path()});
  std::vector<const char*> argv;
  for (const auto& word : words) argv.push_back(word.c_str());
  return evidence::read_settings(static_cast<int>(argv.size()), argv.data());
}

int exit_code(const std::string& config, std::vector<std::string> words) {
  const auto settings = read(config, std::move(words));
  return settings ? 0 : settings.error().exit_code;
}

Settings good(const std::string& config, std::vector<std::string> words = {}) {
  const auto settings = read(config, std::move(words));
  if (!settings) FAIL(settings.error().text);
  return *settings;
}

std::vector<std::string> lines(const std::string& name) {
  std::vector<std::string> found;
  for (const auto& block : cases::read("options/values.txt"))
    if (block.name == name)
      for (const auto line : util::split(block.input, '\n'))
        if (!line.empty()) found.emplace_back(line);
  return found;
}

}  // namespace

TEST_CASE("the table has the flags of the manual, and no others") {
  std::string letters;
  std::set<std::string_view> names;
  for (const auto& option : evidence::options()) {
    CAPTURE(option.name);
    CHECK(names.insert(option.name).second);
    CHECK_FALSE(option.help.empty());
    CHECK(evidence::option_named(option.name) == &option);
    if (option.letter != 0) letters += option.letter;
  }
  const std::set<std::string_view> expected{"config",
                                            "socket",
                                            "socket-mode",
                                            "socket-group",
                                            "policy",
                                            "policy-max-age",
                                            "user",
                                            "check",
                                            "mode",
                                            "scope",
                                            "local-transports",
                                            "inbound-domains",
                                            "authserv-id",
                                            "auth-results",
                                            "nameserver",
                                            "oversize",
                                            "dns-timeout",
                                            "dns-budget",
                                            "trust-anchor",
                                            "reply-url",
                                            "max-headers-bytes",
                                            "max-connections",
                                            "drain-timeout",
                                            "log-target",
                                            "log-level",
                                            "decision-log",
                                            "log-addresses",
                                            "metrics",
                                            "foreground",
                                            "version",
                                            "help"};
  CHECK(names == expected);
  std::sort(letters.begin(), letters.end());
  CHECK(letters == "PVcfhmnpu");
  CHECK(evidence::option_named("nosuch") == nullptr);
  CHECK(evidence::option_named("") == nullptr);
  CHECK(evidence::option_named("soc") == nullptr);
  for (const auto name : names)
    CHECK(evidence::help_text().find("--" + std::string(name)) != std::string::npos);
}

TEST_CASE("good values are taken, bad ones named with their line") {
  REQUIRE(lines("good").size() > 40);
  for (const auto& line : lines("good")) {
    CAPTURE(line);
    Settings settings;
    CHECK(evidence::apply_config_text(settings, line, "conf"));
  }
  REQUIRE(lines("bad").size() > 80);
  for (const auto& line : lines("bad")) {
    CAPTURE(line);
    Settings settings;
    const auto status = evidence::apply_config_text(settings, "# first\n" + line, "conf");
    REQUIRE_FALSE(status);
    CHECK(status.error().exit_code == 78);
    CHECK(status.error().text.starts_with("conf:2"));
  }
}

TEST_CASE("a URL of 300 bytes is taken, one of 301 not") {
  Settings settings;
  const std::string url = "https://relay.example/" + std::string(300 - 22, 'u');
  CHECK(evidence::apply_config_text(settings, "reply-url = " + url, "conf"));
  CHECK(settings.reply_url == url);
  CHECK_FALSE(evidence::apply_config_text(settings, "reply-url = " + url + "u", "conf"));
}

TEST_CASE("the defaults are those of the manual") {
  const Settings settings = good("");
  CHECK(settings.socket == "unix:/run/tenant-milter/tenant-milter.sock");
  CHECK(settings.socket_mode == 0660);
  CHECK(settings.policy == "/etc/tenant-milter/policy.toml");
  CHECK(settings.policy_max_age == std::chrono::hours(24));
  CHECK(settings.user == "");
  CHECK_FALSE(settings.check);
  CHECK_FALSE(settings.monitor);
  CHECK_FALSE(settings.override_mode());
  CHECK(settings.scope == evidence::ScopeKind::all);
  CHECK(settings.auth_results == evidence::AuthResults::minimal);
  CHECK(settings.resolver.nameservers.empty());
  CHECK(settings.resolver.timeout == std::chrono::seconds(5));
  CHECK(settings.resolver.trust_anchor == "");
  CHECK(settings.dns_budget == std::chrono::seconds(20));
  CHECK(settings.reply_url == "");
  CHECK(settings.max_headers_bytes == 1048576);
  CHECK(settings.max_connections == 1000);
  CHECK(settings.drain_timeout == std::chrono::seconds(30));
  CHECK(settings.log_target == util::LogTarget::automatic);
  CHECK(settings.log_level == util::LogLevel::info);
  CHECK(settings.decision_log == "");
  CHECK_FALSE(settings.log_addresses);
  CHECK_FALSE(settings.foreground);
}

TEST_CASE("each value lands in its place, from the file and from the command line") {
  const std::string config =
      "socket = inet:8891@127.0.0.1\nsocket-mode = 0600\nsocket-group = postfix\n"
      "policy = /p.toml\npolicy-max-age = 48\nuser = tm:mail\nmode = monitor\nscope = relayed\n"
      "local-transports = local, lmtp\ninbound-domains = Inbound.Example,other.example\n"
      "authserv-id = relay.example\nauth-results = full\nnameserver = 192.0.2.1\n"
      "nameserver = 192.0.2.2@5353\ndns-timeout = 1.5\ndns-budget = 7\ntrust-anchor = /t\n"
      "reply-url = https://relay.example/\nmax-headers-bytes = 64K\nmax-connections = 7\n"
      "drain-timeout = 8\nlog-target = stderr\nlog-level = debug\ndecision-log = /d\n"
      "log-addresses = yes\nforeground = yes\n";
  std::vector<std::string> flags;
  for (const auto line : util::split(config, '\n')) {
    const auto at = line.find(" = ");
    if (at == line.npos) continue;
    flags.push_back("--" + std::string(line.substr(0, at)));
    if (line.substr(at + 3) != "yes") flags.emplace_back(line.substr(at + 3));
  }
  for (const Settings& settings : {good(config), good("", flags)}) {
    CHECK(settings.socket == "inet:8891@127.0.0.1");
    CHECK(settings.socket_mode == 0600);
    CHECK(settings.socket_group == "postfix");
    CHECK(settings.policy == "/p.toml");
    CHECK(settings.policy_max_age == std::chrono::hours(48));
    CHECK(settings.user == "tm:mail");
    CHECK(settings.override_mode() == policy::Mode::monitor);
    CHECK(settings.scope == evidence::ScopeKind::relayed);
    CHECK(settings.local_transports == std::vector<std::string>{"local", "lmtp"});
    CHECK(settings.inbound_domains == std::vector<std::string>{"inbound.example", "other.example"});
    CHECK(settings.authserv_id == "relay.example");
    CHECK(settings.auth_results == evidence::AuthResults::full);
    CHECK(settings.resolver.nameservers == std::vector<std::string>{"192.0.2.1", "192.0.2.2@5353"});
    CHECK(settings.resolver.timeout == std::chrono::milliseconds(1500));
    CHECK(settings.resolver.trust_anchor == "/t");
    CHECK(settings.dns_budget == std::chrono::seconds(7));
    CHECK(settings.reply_url == "https://relay.example/");
    CHECK(settings.max_headers_bytes == 65536);
    CHECK(settings.max_connections == 7);
    CHECK(settings.drain_timeout == std::chrono::seconds(8));
    CHECK(settings.log_target == util::LogTarget::standard_error);
    CHECK(settings.log_level == util::LogLevel::debug);
    CHECK(settings.decision_log == "/d");
    CHECK(settings.log_addresses);
    CHECK(settings.foreground);
  }
}

TEST_CASE("letters stand for their flags") {
  const auto settings =
      good("", {"-p", "unix:/s", "-P/p.toml", "-u", "tm", "-nm", "monitor", "-f"});
  CHECK(settings.socket == "unix:/s");
  CHECK(settings.policy == "/p.toml");
  CHECK(settings.user == "tm");
  CHECK(settings.check);
  CHECK(settings.monitor);
  CHECK(settings.foreground);
  CHECK(good("", {"-V"}).show_version);
  CHECK(good("", {"-h"}).show_help);
}

TEST_CASE("the command line wins, key by key") {
  const auto settings = good(
      "mode = monitor\nlog-level = debug\nnameserver = 192.0.2.1\nmax-connections = 5\n"
      "scope = daemon:a\n",
      {"--mode=enforce", "--nameserver=192.0.2.2", "--nameserver=192.0.2.3", "--scope", "all"});
  CHECK_FALSE(settings.monitor);
  CHECK(settings.log_level == util::LogLevel::debug);
  CHECK(settings.resolver.nameservers == std::vector<std::string>{"192.0.2.2", "192.0.2.3"});
  CHECK(settings.max_connections == 5);
  CHECK(settings.scope == evidence::ScopeKind::all);
}

TEST_CASE("the file: comments, blank lines, white space, each key once") {
  const auto settings = good(
      "# a comment\r\n\r\n   # another\n\t policy\t=  /a = b.toml \t\nmode = monitor\n"
      "nameserver = 192.0.2.1\nnameserver = 192.0.2.2\nscope = daemon:a, b");
  CHECK(settings.policy == "/a = b.toml");
  CHECK(settings.monitor);
  CHECK(settings.daemon_names == std::vector<std::string>{"a", "b"});
  CHECK(settings.resolver.nameservers.size() == 2);
  CHECK(exit_code("mode = monitor\nmode = enforce\n", {}) == 78);
}

TEST_CASE("exit codes say what is wrong") {
  CHECK(exit_code("", {"--nosuch"}) == 64);
  CHECK(exit_code("", {"--mode", "tag"}) == 64);
  CHECK(exit_code("", {"--socket"}) == 64);
  CHECK(exit_code("", {"word"}) == 64);
  CHECK(exit_code("", {"-c", "/nonexistent/x.conf"}) == 66);
  CHECK(exit_code("mode = tag\n", {}) == 78);
  CHECK(exit_code("mode = tag\n", {"--mode=enforce"}) == 78);
  CHECK(exit_code("scope = relayed\n", {}) == 78);
  CHECK(exit_code("scope = relayed\nlocal-transports = local\n", {}) == 78);
  CHECK(exit_code("scope = relayed\ninbound-domains = a.example\n", {}) == 78);
  CHECK(exit_code("", {"--scope=relayed"}) == 78);
  CHECK(exit_code("local-transports = local\ninbound-domains = a.example\n", {"--scope=relayed"}) ==
        0);
  CHECK(exit_code("", {"--metrics", "127.0.0.1:9090"}) == 78);  // not built in
  CHECK(exit_code("metrics = 127.0.0.1:9090\n", {}) == 78);
}

TEST_CASE("a reload takes what can change, and never half of it") {
  ConfigFile file("mode = monitor\nmax-connections = 5\nsocket = unix:/a\n");
  const char* argv[] = {"tenant-milter", "-c", file.path().c_str(), "--dns-budget=7"};
  auto settings = evidence::read_settings(4, argv);
  REQUIRE(settings);
  CHECK(settings->monitor);

  file.write("reply-url = https://relay.example/\nsocket = unix:/b\ndns-budget = 9\nuser = x\n");
  REQUIRE(evidence::reread_settings(*settings));
  CHECK_FALSE(settings->monitor);  // gone from the file: the default again
  CHECK(settings->max_connections == 1000);
  CHECK(settings->reply_url == "https://relay.example/");
  CHECK(settings->dns_budget == std::chrono::seconds(7));  // set on the command line
  CHECK(settings->socket == "unix:/a");                    // not reloadable
  CHECK(settings->user == "");

  file.write("max-connections = 3\nmode = monitor\nlog-level = trace\n");
  const auto status = evidence::reread_settings(*settings);
  REQUIRE_FALSE(status);
  CHECK(status.error().text.find(":3") != std::string::npos);
  CHECK(settings->max_connections == 1000);
  CHECK_FALSE(settings->monitor);
  file.write("max-connections = 3\nscope = relayed\n");
  CHECK_FALSE(evidence::reread_settings(*settings));
  CHECK(settings->max_connections == 1000);
  CHECK(settings->scope == evidence::ScopeKind::all);
}

TEST_CASE("a switch that the file sets can be undone or is refused") {
  const auto settings = read("log-addresses = yes\n", {"--log-addresses=no"});
  CHECK((!settings || !settings->log_addresses));
}

TEST_CASE("inbound domains are domains") {
  for (const char* bad : {"a..b", "inbound.example.", "a b", "@inbound.example"}) {
    CAPTURE(bad);
    CHECK(exit_code(std::string("inbound-domains = ") + bad + "\n", {}) == 78);
  }
}

TEST_CASE("inbound domains are canonical") {
  CHECK(good("inbound-domains = b\u00fcro.example\n").inbound_domains ==
        std::vector<std::string>{"xn--bro-hoa.example"});
}

TEST_CASE("half of USER:GROUP is refused") {
  CHECK(exit_code("user = tm:\n", {}) == 78);
  CHECK(exit_code("user = :mail\n", {}) == 78);
}
