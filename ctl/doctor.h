// SPDX-License-Identifier: BSD-2-Clause
// What tenantctl doctor can find, and where it looks: Postfix's or Sendmail's configuration,
// and the daemon's beside it. Reads and never writes. What can't be looked up is said, and
// nothing is guessed of it. One thread.
#pragma once

#include <chrono>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "milter/evidence/settings.h"
#include "util/result.h"

namespace ctl::doctor {

enum class Severity { error, warning };

constexpr std::string_view in_words(Severity severity) {
  return severity == Severity::error ? "error" : "warning";
}

enum class Kind {
  filter_not_attached,
  listener_without_filter,
  reinjection_without_filter,
  milters_switched_off,
  proxy_filter,
  milter_maps,
  socket_misaddressed,
  socket_outside_chroot,
  socket_silent,
  socket_unreachable,
  socket_directory_writable,
  passes_when_filter_fails,
  loses_mail_when_filter_fails,
  protocol_old,
  command_timeout_short,
  content_timeout_short,
  reply_limit_too_short,
  reply_limit_short,
  message_limit_short,
  signer_before_filter,
  non_smtpd_filter,
  scope_name_unknown,
  max_connections_low,
  certificate_not_asked,
  nocanonify_missing,
  resolver_not_trusted,
};

struct KindInfo {
  Kind kind;
  std::string_view name;
  Severity severity;
  std::string_view why;  // one sentence
};

// The one vocabulary, in the order of Kind: the output and the manual are made from it.
inline constexpr KindInfo kinds[] = {
    {Kind::filter_not_attached, "filter-not-attached", Severity::error,
     "No listener hands its mail to the filter, so nothing is judged."},
    {Kind::listener_without_filter, "listener-without-filter", Severity::error,
     "Mail that comes in by this listener passes unjudged; where it takes inbound mail alone, "
     "name the others in scope = daemon:NAME."},
    {Kind::reinjection_without_filter, "reinjection-without-filter", Severity::warning,
     "What this host itself hands to this listener passes unjudged, which is right only where "
     "all of it has been judged before."},
    {Kind::milters_switched_off, "milters-switched-off", Severity::error,
     "The option no_milters makes mail pass unjudged although the filter is listed."},
    {Kind::proxy_filter, "proxy-filter", Severity::error,
     "Before a proxy filter a milter sees the envelope alone, so that no message is judged."},
    {Kind::milter_maps, "milter-maps", Severity::warning,
     "Clients for which this table says DISABLE or lists other milters pass unjudged."},
    {Kind::socket_misaddressed, "socket-misaddressed", Severity::error,
     "What stands there leads elsewhere than to the daemon's socket: a chrooted smtpd takes the "
     "queue directory for its root, and any other takes only relative paths to be below it."},
    {Kind::socket_outside_chroot, "socket-outside-chroot", Severity::error,
     "A chrooted smtpd reaches no socket outside the queue directory."},
    {Kind::socket_silent, "socket-silent", Severity::error,
     "The daemon does not answer on the socket of its configuration."},
    {Kind::socket_unreachable, "socket-unreachable", Severity::error,
     "The user that smtpd runs as may not connect to the socket, by owner, group and mode."},
    {Kind::socket_directory_writable, "socket-directory-writable", Severity::error,
     "Sendmail uses no socket in or below a directory that a group or everybody may write."},
    {Kind::passes_when_filter_fails, "passes-when-filter-fails", Severity::error,
     "Mail passes unjudged whenever the filter is slow or down."},
    {Kind::loses_mail_when_filter_fails, "loses-mail-when-filter-fails", Severity::warning,
     "Mail is refused for good, or held, whenever the filter is slow or down; deferred, it would "
     "come again and be judged."},
    {Kind::protocol_old, "protocol-old", Severity::warning,
     "With an older protocol the MTA waits for dozens of answers in place of one."},
    {Kind::command_timeout_short, "command-timeout-short", Severity::warning,
     "On a busy host the default action would decide in the filter's place."},
    {Kind::content_timeout_short, "content-timeout-short", Severity::error,
     "The filter may wait for DNS as long as dns-budget says, and the default action would "
     "decide in its place."},
    {Kind::reply_limit_too_short, "reply-limit-too-short", Severity::error,
     "While it waits for DNS the filter says every five seconds that it goes on, and Sendmail "
     "would have given it up by then."},
    {Kind::reply_limit_short, "reply-limit-short", Severity::warning,
     "On a busy host Sendmail would give the filter up before its answer; where R: is not said "
     "it is 10s."},
    {Kind::message_limit_short, "message-limit-short", Severity::error,
     "The filter may wait for DNS as long as dns-budget says, and Sendmail would have given it "
     "up by then."},
    {Kind::signer_before_filter, "signer-before-filter", Severity::error,
     "The relay would sign what is then judged, and its own signature could satisfy a "
     "requirement of DKIM."},
    {Kind::non_smtpd_filter, "non-smtpd-filter", Severity::warning,
     "Mail of the host itself comes from localhost, which no sender may list, and would be "
     "refused."},
    {Kind::scope_name_unknown, "scope-name-unknown", Severity::error,
     "The scope of the daemon lists a name that no listener announces, and what is meant by it "
     "is not judged."},
    {Kind::max_connections_low, "max-connections-low", Severity::warning,
     "The MTA may open more connections than the daemon takes, and mail is deferred then."},
    {Kind::certificate_not_asked, "certificate-not-asked", Severity::error,
     "A platform of the policy is known by its client certificate, for which no listener asks, "
     "so that all its mail is refused."},
    {Kind::nocanonify_missing, "nocanonify-missing", Severity::error,
     "Sendmail puts another domain into From where one is an alias in DNS, after the filter has "
     "judged the message."},
    {Kind::resolver_not_trusted, "resolver-not-trusted", Severity::warning,
     "Answers come over the network unvalidated, and SPF and DKIM rest on them."},
};

// Whether each row stands where its Kind is looked up.
constexpr bool in_order() {
  for (std::size_t i = 0; i < std::size(kinds); ++i) {
    if (static_cast<std::size_t>(kinds[i].kind) != i) return false;
  }
  return true;
}
static_assert(in_order());

struct Finding {
  Kind kind;
  std::string where;  // a file, and the parameter, service or line in it
  std::string wrong;  // the line as it is
  std::string right;  // the line as it should be

  const KindInfo& info() const { return kinds[static_cast<std::size_t>(kind)]; }
  friend bool operator==(const Finding&, const Finding&) = default;
};

struct Report {
  std::string mta;  // "postfix" or "sendmail"
  std::vector<Finding> findings;
  std::vector<std::string> looked_at;      // what was found to be right
  std::vector<std::string> not_looked_at;  // and what could not be looked up, with the reason

  void add(Finding finding);  // once, however many listeners have it
  bool has(Severity severity) const;
};

// The directory of main.cf; "" for Postfix's own default. Errors: it can't be read (66).
util::Status look_at_postfix(const std::string& directory, const evidence::Settings& settings,
                             Report& report);
util::Status look_at_sendmail(const std::string& file, const evidence::Settings& settings,
                              Report& report);
// The daemon's own part, of whatever MTA: its socket, its resolver.
void look_at_daemon(const evidence::Settings& settings, Report& report);

// Of the connections that the MTA may open, against max-connections.
void look_at_connections(std::size_t wanted, const evidence::Settings& settings, Report& report);

// How long an answer may take that waits for DNS: dns-budget and a margin.
std::chrono::seconds time_for_dns(const evidence::Settings& settings);
// An answer that waits for nothing never takes longer than this.
inline constexpr std::chrono::seconds patient_enough{30};

// Whether a daemon that listens there listens on every address of the host.
inline bool is_wildcard(std::string_view host) { return host == "0.0.0.0" || host == "::"; }

// Whether a milter of this name and socket is one that signs, as far as they tell.
bool is_signer(std::string_view name_or_socket);

}  // namespace ctl::doctor
