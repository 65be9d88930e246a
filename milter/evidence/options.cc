// SPDX-License-Identifier: BSD-2-Clause
// The table itself, and how each value is read. Reading argv and the file:
// options_reader.cc.
#include "milter/evidence/options.h"

#include <charconv>

#include "milter/evidence/endpoint.h"
#include "policy/domain.h"
#include "util/format.h"
#include "util/idna.h"
#include "util/text.h"

namespace evidence {

namespace {

using util::Done;
using util::Error;
using util::format;
using util::Status;

constexpr std::size_t max_reply_url = 300;  // spec 6
constexpr std::string_view yes_or_no = "yes or no";

Error expected(std::string_view what) { return Error{format("expected {}", what)}; }

template <auto Member>
Status text(Settings& settings, std::string_view value) {
  if (value.empty()) return expected("a value");
  settings.*Member = value;
  return Done{};
}

template <auto Member>
Status yes(Settings& settings, std::string_view value) {
  if (value == "yes" || value == "no") {
    settings.*Member = value == "yes";
    return Done{};
  }
  return expected(yes_or_no);
}

template <auto Member>
Status names(Settings& settings, std::string_view value) {
  (settings.*Member).clear();
  for (const std::string_view name : util::split(value, ','))
    (settings.*Member).emplace_back(util::trimmed(name));
  return Done{};
}

// The first entry that is not of such characters, or is empty; nothing where all are.
std::optional<std::string> odd_entry(const std::vector<std::string>& names,
                                     std::string_view characters) {
  const auto odd = std::find_if(names.begin(), names.end(), [&](const std::string& name) {
    return name.empty() || name.find_first_not_of(characters) != std::string::npos;
  });
  return odd == names.end() ? std::nullopt : std::optional(*odd);
}

// Names of the MTA's own: transports (master.cf(5), mailers of Sendmail) and daemon names, which
// have no white space and none of what a slip of the hand leaves.
template <auto Member>
Status mta_names(Settings& settings, std::string_view value) {
  constexpr std::string_view characters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:/@[]+";
  if (const Status read = names<Member>(settings, value); !read) return read;
  if (const auto odd = odd_entry(settings.*Member, characters))
    return expected(
        format("names of letters, digits and -._:/@[]+ with commas between them "
               "(\"{}\" is none)",
               util::shown(*odd)));
  return Done{};
}

std::optional<std::uint64_t> number(std::string_view value, std::uint64_t least,
                                    std::uint64_t most) {
  std::uint64_t parsed = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
  if (error != std::errc() || end != value.data() + value.size()) return std::nullopt;
  if (parsed < least || parsed > most) return std::nullopt;
  return parsed;
}

template <auto Member, class Unit, std::uint64_t Most>
Status duration(Settings& settings, std::string_view value) {
  const auto parsed = number(value, 1, Most);
  if (!parsed) return expected(format("a whole number from 1 to {}", Most));
  settings.*Member = Unit(static_cast<std::int64_t>(*parsed));
  return Done{};
}

// Seconds, with a decimal fraction where a second is too long.
std::optional<std::chrono::milliseconds> seconds(std::string_view value) {
  double parsed = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
  const bool is_plain = error == std::errc() && end == value.data() + value.size();
  if (!is_plain || !(parsed >= 0.001) || !(parsed <= 600)) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(parsed * 1000));
}

Status dns_timeout(Settings& settings, std::string_view value) {
  const auto parsed = seconds(value);
  if (!parsed) return expected("seconds, from 0.001 to 600");
  settings.resolver.timeout = *parsed;
  return Done{};
}

Status dns_budget(Settings& settings, std::string_view value) {
  const auto parsed = seconds(value);
  if (!parsed) return expected("seconds, from 0.001 to 600");
  settings.dns_budget = *parsed;
  return Done{};
}

// Bytes, with K or M for 1,024 and 1,048,576.
Status max_headers_bytes(Settings& settings, std::string_view value) {
  std::uint64_t unit = 1;
  if (value.ends_with('K') || value.ends_with('M')) {
    unit = value.back() == 'K' ? 1024 : 1024 * 1024;
    value.remove_suffix(1);
  }
  const auto parsed = number(value, 1, 1'000'000'000);
  if (!parsed || *parsed * unit < 1024 || *parsed * unit > 1'000'000'000)
    return expected("bytes, or a number with K or M, from 1K to 953M");
  settings.max_headers_bytes = *parsed * unit;
  return Done{};
}

Status oversize(Settings& settings, std::string_view value) {
  if (value != "defer" && value != "reject") return expected("defer or reject");
  settings.refuse_oversize = value == "reject";
  return Done{};
}

Status max_connections(Settings& settings, std::string_view value) {
  const auto parsed = number(value, 1, 1'000'000);
  if (!parsed) return expected("a whole number from 1 to 1000000");
  settings.max_connections = *parsed;
  return Done{};
}

Status config(Settings& settings, std::string_view value) {
  settings.config_file_given = true;
  return text<&Settings::config_file>(settings, value);
}

bool is_port(std::string_view value) { return number(value, 1, 65535).has_value(); }

Status socket(Settings& settings, std::string_view value) {
  if (!Endpoint::parse(value)) return expected("unix:/PATH, inet:PORT@HOST or inet6:PORT@HOST");
  settings.socket = value;
  return Done{};
}

Status socket_mode(Settings& settings, std::string_view value) {
  unsigned mode = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), mode, 8);
  if (error != std::errc() || end != value.data() + value.size() || mode > 0777)
    return expected("an octal mode such as 0660");
  settings.socket_mode = mode;
  return Done{};
}

Status mode(Settings& settings, std::string_view value) {
  if (value != "enforce" && value != "monitor") return expected("enforce or monitor");
  settings.monitor = value == "monitor";
  return Done{};
}

Status scope(Settings& settings, std::string_view value) {
  constexpr std::string_view by_daemon = "daemon:";
  if (value == "all" || value == "relayed") {
    settings.scope = value == "all" ? ScopeKind::all : ScopeKind::relayed;
    return Done{};
  }
  if (!value.starts_with(by_daemon)) return expected("all, daemon:NAME,... or relayed");
  settings.scope = ScopeKind::daemon;
  return mta_names<&Settings::daemon_names>(settings, value.substr(by_daemon.size()));
}

Status inbound_domains(Settings& settings, std::string_view value) {
  if (const Status read = names<&Settings::inbound_domains>(settings, value); !read) return read;
  for (std::string& name : settings.inbound_domains) {
    const auto ascii = util::a_labels(name);
    const auto canonical = ascii ? policy::canonical_domain(*ascii) : std::nullopt;
    if (!canonical)
      return expected(
          format("domain names with commas between them (\"{}\" is none)", util::shown(name)));
    name = *canonical;
  }
  return Done{};
}

Status user(Settings& settings, std::string_view value) {
  const auto colon = value.find(':');
  const bool has_group = colon != std::string_view::npos;
  if (value.empty() || colon == 0 || (has_group && colon + 1 == value.size()))
    return expected("USER or USER:GROUP");
  settings.user = value;
  return Done{};
}

Status authserv_id(Settings& settings, std::string_view value) {
  const bool plain = value.find_first_not_of(
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._") ==
                     std::string_view::npos;
  if (value.empty() || !plain || value.size() > 253) return expected("a host name");
  settings.authserv_id = value;
  return Done{};
}

constexpr std::array<std::string_view, 3> auth_results_names{"minimal", "full", "off"};
constexpr std::array<std::string_view, 3> log_target_names{"syslog", "journal", "stderr"};
constexpr std::array<util::LogTarget, 3> log_targets{
    util::LogTarget::syslog, util::LogTarget::journal, util::LogTarget::standard_error};
constexpr std::array<std::string_view, 4> log_level_names{"error", "warning", "info", "debug"};

Status auth_results(Settings& settings, std::string_view value) {
  const auto named = policy::named<AuthResults>(value, auth_results_names);
  if (!named) return expected("minimal, full or off");
  settings.auth_results = *named;
  return Done{};
}

Status log_target(Settings& settings, std::string_view value) {
  const auto named = policy::named<util::LogTarget>(value, log_target_names);
  if (!named) return expected("syslog, journal or stderr");
  settings.log_target = log_targets[static_cast<std::size_t>(*named)];
  return Done{};
}

Status log_level(Settings& settings, std::string_view value) {
  const auto named = policy::named<util::LogLevel>(value, log_level_names);
  if (!named) return expected("error, warning, info or debug");
  settings.log_level = *named;
  return Done{};
}

Status nameserver(Settings& settings, std::string_view value) {
  const auto at = value.find('@');
  const bool has_port = at != std::string_view::npos;
  if (!policy::Address::parse(value.substr(0, at)) || (has_port && !is_port(value.substr(at + 1))))
    return expected("an address, or ADDR@PORT");
  settings.resolver.nameservers.emplace_back(value);
  return Done{};
}

Status trust_anchor(Settings& settings, std::string_view value) {
  if (value.empty()) return expected("a file");
  settings.resolver.trust_anchor = value;
  return Done{};
}

Status reply_url(Settings& settings, std::string_view value) {
  const bool printable = value.find_first_not_of(
                             "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"
                             "abcdefghijklmnopqrstuvwxyz{|}~") == std::string_view::npos;
  const bool is_url = value.starts_with("https://") || value.starts_with("http://");
  if (!is_url || !printable || value.size() > max_reply_url)
    return expected(format("an http or https URL of at most {} bytes", max_reply_url));
  settings.reply_url = value;
  return Done{};
}

constexpr Option table[] = {
    {'c', "config", "FILE", "/etc/tenant-milter/tenant-milter.conf, if it is there", false, false,
     false,
     "The configuration file: lines of \"key = value\", a key being a long flag without "
     "its dashes. The command line wins.",
     config},
    {'p', "socket", "SPEC", "unix:/run/tenant-milter/tenant-milter.sock", false, true, false,
     "Where the MTA connects: unix:PATH, inet:PORT@HOST or inet6:PORT@HOST.", socket},
    {0, "socket-mode", "MODE", "0660", false, true, false, "Permissions of a unix socket, octal.",
     socket_mode},
    {0, "socket-group", "GROUP", "the user's group", false, true, false,
     "Group of a unix socket, so that a chrooted Postfix can reach it.",
     text<&Settings::socket_group>},
    {'P', "policy", "SOURCE", "/etc/tenant-milter/policy.toml", false, true, true,
     "The policy: PATH.toml. Other stores (lmdb:, postgresql://, ldap://) are not built in.",
     text<&Settings::policy>},
    {0, "policy-max-age", "HOURS", "24", false, true, true,
     "How long a remote policy that can't be refreshed still counts; then messages are "
     "deferred.",
     duration<&Settings::policy_max_age, std::chrono::hours, 8760>},
    {'u', "user", "USER[:GROUP]", "none", false, true, false,
     "Drop privileges to this user after the socket is open.", user},
    {'n', "check", "", "no", false, false, false,
     "Check configuration and policy, print what is wrong, exit.", yes<&Settings::check>},
    {'m', "mode", "enforce|monitor", "enforce", false, true, true,
     "enforce, or monitor: judge and log, refuse nothing, whatever the policy says.", mode},
    {0, "scope", "SCOPE", "all", false, true, true,
     "Which messages are judged: all, daemon:NAME,... (by {daemon_name}), or relayed (at "
     "least one recipient is not inbound).",
     scope},
    {0, "local-transports", "NAME,...", "none", false, true, true,
     "For --scope=relayed: transports ({rcpt_mailer}) that deliver inbound mail.",
     mta_names<&Settings::local_transports>},
    {0, "inbound-domains", "NAME,...", "none", false, true, true,
     "For --scope=relayed: recipient domains whose mail is inbound.", inbound_domains},
    {0, "authserv-id", "NAME", "the host name", false, true, true,
     "The authentication service identifier of RFC 8601. Authentication-Results fields that "
     "claim it are removed from every message.",
     authserv_id},
    {0, "auth-results", "minimal|full|off", "minimal", false, true, true,
     "What the added Authentication-Results field says: minimal, full, or off for no field.",
     auth_results},
    {0, "nameserver", "ADDR[@PORT]", "those of /etc/resolv.conf", true, true, false,
     "A DNS server to ask; may be given several times.", nameserver},
    {0, "dns-timeout", "SECONDS", "5", false, true, false, "How long one DNS look-up may take.",
     dns_timeout},
    {0, "dns-budget", "SECONDS", "20", false, true, true,
     "How long one message may wait for DNS in all.", dns_budget},
    {0, "trust-anchor", "FILE", "none", false, true, false,
     "DNSSEC trust anchor; answers are validated.", trust_anchor},
    {0, "reply-url", "URL", "none", false, true, true,
     "Put at the end of each refusal; %{reason} and %{domain} are filled in.", reply_url},
    {0, "max-headers-bytes", "BYTES", "1M", false, true, true,
     "A header over this size is not judged (see --oversize); K and M may follow the number.",
     max_headers_bytes},
    {0, "oversize", "defer|reject", "defer", false, true, true,
     "What becomes of a message with a header over --max-headers-bytes: defer (451 4.3.4), or "
     "reject (552 5.3.4).",
     oversize},
    {0, "max-connections", "NUMBER", "1000", false, true, true,
     "Mail over more connections than this at a time is deferred.", max_connections},
    {0, "drain-timeout", "SECONDS", "30", false, true, true,
     "How long SIGTERM waits for messages in flight.",
     duration<&Settings::drain_timeout, std::chrono::seconds, 3600>},
    {0, "log-target", "syslog|journal|stderr", "journal if it is there, else syslog", false, true,
     false, "Where messages about the service go: syslog, journal or stderr.", log_target},
    {0, "log-level", "error|warning|info|debug", "info", false, true, true,
     "The least important messages logged: error, warning, info or debug.", log_level},
    {0, "decision-log", "FILE", "none", false, true, true,
     "One JSON object a message is appended; reopened on SIGHUP.", text<&Settings::decision_log>},
    {0, "log-addresses", "", "no", false, true, true,
     "Whole addresses in the decision log, not domains alone.", yes<&Settings::log_addresses>},
    {0, "metrics", "ADDR:PORT", "off", false, true, false, "Prometheus metrics; not built in.",
     text<&Settings::metrics>},
    {'f', "foreground", "", "no", false, true, false, "Stay in the foreground.",
     yes<&Settings::foreground>},
    {'V', "version", "", "", false, false, false, "Print the version and exit.",
     yes<&Settings::show_version>},
    {'h', "help", "", "", false, false, false, "Print this and exit.", yes<&Settings::show_help>},
};

}  // namespace

std::span<const Option> options() { return table; }

const Option* option_named(std::string_view name) {
  for (const Option& option : table) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

}  // namespace evidence
