// SPDX-License-Identifier: BSD-2-Clause
// The doctor's look at the daemon's own part: whether it answers, whom it asks for DNS, how
// many connections it takes, what its policy wants of the MTA.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <sstream>

#include "ctl/doctor_postfix.h"
#include "milter/evidence/liveness.h"
#include "policy/network.h"
#include "policy/store/store.h"
#include "util/file.h"
#include "util/format.h"
#include "util/text.h"

namespace ctl::doctor {

namespace {

using util::format;

constexpr std::chrono::seconds patience{5};
constexpr std::chrono::seconds time_margin{5};
constexpr const char* resolver_file = "/etc/resolv.conf";

void look_at_socket(const evidence::Settings& settings, Report& report) {
  const auto endpoint = evidence::Endpoint::parse(settings.socket);
  const bool is_forbidden = endpoint && endpoint->is_unix() &&
                            ::access(endpoint->path.c_str(), W_OK) != 0 && errno == EACCES;
  if (is_forbidden) {
    report.not_looked_at.push_back(
        format("whether the daemon answers: {}: {}", endpoint->path, std::strerror(EACCES)));
    return;
  }
  const util::Status alive = evidence::answers(settings.socket, patience);
  const std::string right = settings.socket + ": answers";
  if (alive)
    report.looked_at.push_back(right);
  else
    report.add({Kind::socket_silent, settings.config_file + ": socket", alive.error().text, right});
}

bool is_loopback(const std::string& server) {
  const auto address = policy::Address::parse(server.substr(0, server.find('@')));
  static const auto v4 = policy::Network::parse("127.0.0.0/8");
  static const auto v6 = policy::Network::parse("::1/128");
  return address && (v4->contains(*address) || v6->contains(*address));
}

// The words behind "nameserver" in resolv.conf(5).
std::vector<std::string> servers_of_host(Report& report) {
  std::vector<std::string> servers;
  const auto text = util::read_file(resolver_file);
  if (!text) {
    report.not_looked_at.push_back(format("the resolver: {}", text.error().text));
    return servers;
  }
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string key;
    std::string server;
    if (words >> key >> server && key == "nameserver") servers.push_back(server);
  }
  return servers;
}

void look_at_resolver(const evidence::Settings& settings, Report& report) {
  const bool is_own = !settings.resolver.nameservers.empty();
  if (!settings.resolver.trust_anchor.empty()) {
    report.looked_at.push_back("the resolver: validates");
    return;
  }
  const auto servers = is_own ? settings.resolver.nameservers : servers_of_host(report);
  for (const std::string& server : servers) {
    if (is_loopback(server)) {
      report.looked_at.push_back(format("the resolver: {}, on this host", server));
      continue;
    }
    report.add(
        {Kind::resolver_not_trusted, settings.config_file + ": trust-anchor",
         is_own ? "nameserver = " + server : format("{}: nameserver {}", resolver_file, server),
         "trust-anchor = /usr/share/dns/root.key"});
    return;
  }
}

bool is_yes(const Service& service, const char* parameter) {
  return util::ascii_iequals(service.value(parameter), "yes");
}

}  // namespace

void Report::add(Finding finding) {
  if (std::find(findings.begin(), findings.end(), finding) == findings.end())
    findings.push_back(std::move(finding));
}

bool Report::has(Severity severity) const {
  return std::any_of(findings.begin(), findings.end(),
                     [&](const Finding& one) { return one.info().severity == severity; });
}

std::chrono::seconds time_for_dns(const evidence::Settings& settings) {
  return std::chrono::ceil<std::chrono::seconds>(settings.dns_budget) + time_margin;
}

bool is_signer(std::string_view name_or_socket) {
  // By name, or the port that OpenDKIM's and rspamd's own manuals give them.
  constexpr std::string_view signs[] = {"dkim", "rspamd", ":8891", ":11332"};
  const std::string text = util::ascii_lower(name_or_socket);
  return std::any_of(std::begin(signs), std::end(signs),
                     [&](std::string_view sign) { return text.find(sign) != std::string::npos; });
}

void look_at_daemon(const evidence::Settings& settings, Report& report) {
  look_at_socket(settings, report);
  look_at_resolver(settings, report);
}

void look_at_connections(std::size_t wanted, const evidence::Settings& settings, Report& report) {
  if (wanted > settings.max_connections)
    report.add({Kind::max_connections_low, settings.config_file + ": max-connections",
                format("max-connections = {}", settings.max_connections),
                format("max-connections = {}", wanted)});
  else
    report.looked_at.push_back(
        format("max-connections: {} of {} at most", wanted, settings.max_connections));
}

void look_at_certificates(const Look& look, const std::vector<Attached>& attached) {
  if (attached.empty()) return;
  const auto loaded = store::load(look.settings.policy, {.time = std::time(nullptr)});
  if (loaded.snapshot == nullptr) {
    look.report.not_looked_at.push_back(
        format("client certificates: {} can't be loaded, see \"tenantctl policy check\"",
               look.settings.policy));
    return;
  }
  const auto& platforms = loaded.snapshot->platforms();
  const bool is_wanted = std::any_of(
      platforms.begin(), platforms.end(),
      [](const policy::Platform& platform) { return !platform.client_certificate.empty(); });
  const bool is_asked = std::any_of(attached.begin(), attached.end(), [](const Attached& one) {
    return is_yes(*one.service, "smtpd_tls_ask_ccert") ||
           is_yes(*one.service, "smtpd_tls_req_ccert");
  });
  if (!is_wanted || is_asked) return;
  const Place place = place_of(look.postfix, *attached.front().service, "smtpd_tls_ask_ccert");
  look.report.add({Kind::certificate_not_asked, place.where, place.wrong, place.line("yes")});
}

}  // namespace ctl::doctor
