// SPDX-License-Identifier: BSD-2-Clause
// tenantctl check: messages judged with full evidence, as the daemon would decide.
#include <algorithm>
#include <cstdio>
#include <ctime>

#include "ctl/command.h"
#include "ctl/dns_source.h"
#include "ctl/policy_file.h"
#include "ctl/table.h"
#include "ctl/tree.h"
#include "milter/evidence/message.h"
#include "milter/evidence/message_file.h"
#include "milter/evidence/record.h"
#include "util/file.h"
#include "util/format.h"
#include "util/text.h"

namespace ctl {

namespace {

using util::Error;
using util::format;

constexpr util::Flag flags[] = {
    {0, "client-ip", "IP", false, "The address that the message came from."},
    {0, "client-name", "NAME", false, "Its name in DNS."},
    {0, "helo", "NAME", false, "What it said in HELO or EHLO."},
    {0, "mail-from", "ADDRESS", false,
     "The envelope sender. Default: that of a Return-Path field on top, else the null sender."},
    {0, "rcpt", "ADDRESS", true, "A recipient; may be given several times."},
    {0, "login", "LOGIN", false, "The SASL login, {auth_authen}."},
    {0, "certificate", "NAME", false, "The CN of the verified client certificate."},
    {0, "daemon-name", "NAME", false, "The listener, {daemon_name}."},
    {0, "rcpt-mailer", "NAME", false, "The transport of the recipients, {rcpt_mailer}."},
    {0, "time", "RFC3339", false, "When it came, such as 2026-01-31T12:00:00Z. Default: now."},
    dns_from_flag,
    {0, "json", "", false, "The records of the decision log, in place of trees."},
};

// How the messages are said to have come in.
struct Circumstances {
  evidence::Connection connection;
  evidence::MailMacros macros;
  std::optional<std::string> mail_from;
  std::vector<std::string> recipients;
  std::string rcpt_mailer;
  std::int64_t time = 0;
};

util::Result<Circumstances> read_circumstances(const util::Arguments& arguments) {
  Circumstances as;
  if (!arguments.has("client-ip"))
    return Error{"--client-ip is missing: the address that the message came from", exit_usage};
  const std::string ip = arguments.value("client-ip");
  as.connection.client = policy::Address::parse(ip);
  if (!as.connection.client)
    return Error{format("--client-ip: found \"{}\", expected an address", ip), exit_usage};
  as.connection.client_name = arguments.value("client-name", "unknown");
  as.connection.helo = arguments.value("helo");
  if (arguments.has("mail-from")) as.mail_from = arguments.value("mail-from");
  as.recipients = arguments.values("rcpt");
  as.rcpt_mailer = arguments.value("rcpt-mailer");
  // Macros as Postfix gives them: login and certificate name as they are.
  as.macros = {.mta_version = "Postfix (tenantctl)",
               .daemon_name = arguments.value("daemon-name"),
               .auth_authen = arguments.value("login"),
               .verify = {},
               .cert_subject = arguments.value("certificate"),
               .cn_subject = {}};
  as.time = std::time(nullptr);
  if (arguments.has("time")) {
    const auto time = evidence::from_rfc3339(arguments.value("time"));
    if (!time)
      return Error{format("--time: found \"{}\", expected RFC 3339, such as 2026-01-31T12:00:00Z",
                          arguments.value("time")),
                   exit_usage};
    as.time = *time;
  }
  return as;
}

evidence::Message judged(const evidence::MessageContext& context, const Circumstances& as,
                         const evidence::MessageFile& file) {
  evidence::Message message(context, as.connection, as.macros,
                            as.mail_from.value_or(file.return_path.value_or("")), as.time);
  for (const std::string& to : as.recipients) message.recipient(to, as.rcpt_mailer);
  for (const evidence::HeaderField& field : file.header) message.header(field.name, field.value);
  message.end_of_headers();
  message.body(file.body);
  message.end_of_message({});
  return message;
}

int exit_code_of(const evidence::Message& message) {
  if (!message.is_judged()) return 0;
  switch (message.verdict().decision) {
    case policy::Decision::accept:
      return 0;
    case policy::Decision::reject:
      return 1;
    default:
      return exit_tempfail;
  }
}

void print(const evidence::Message& message, const std::string& name, bool as_json) {
  const evidence::Decided decided = message.decided(name);
  if (as_json) {
    std::printf("%s\n", to_record(decided, message.evidence()).pretty().c_str());
    return;
  }
  std::printf("%s\n%s", name.c_str(), decision_tree(message).c_str());
}

// Accepted before deferred before refused: the worst of several.
int worse(int a, int b) {
  auto rank = [](int code) { return code == 0 ? 0 : code == exit_tempfail ? 1 : 2; };
  return rank(a) < rank(b) ? b : a;
}

// One line a message, behind the trees of several.
void print_summary(const std::vector<evidence::Message>& messages, const Words& names) {
  Table table({{"MESSAGE"}, {"VERDICT"}, {"REASON"}, {"DOMAIN"}, {"SENDERS"}});
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const policy::Verdict& verdict = messages[i].verdict();
    if (!messages[i].is_judged())
      table.add({names[i], "not judged", "", "", ""});
    else
      table.add({names[i], std::string(name_of(verdict.decision, policy::decision_names)),
                 verdict.reason == policy::Reason::none
                     ? ""
                     : std::string(policy::info(verdict.reason).name),
                 util::shown(verdict.identity), joined(verdict.senders, ", ")});
  }
  std::printf("\n%s", table.text(has_colour(stdout)).c_str());
}

int check_all(const evidence::MessageContext& context, const Circumstances& as,
              const util::Arguments& arguments) {
  const bool as_json = arguments.has("json");
  std::vector<evidence::Message> messages;
  int worst = 0;
  for (const std::string& name : arguments.positional) {
    const auto bytes = util::read_input(name);
    if (!bytes) return failed(bytes.error());
    messages.push_back(judged(context, as, evidence::read_message_file(*bytes)));
    print(messages.back(), name, as_json);
    worst = worse(worst, exit_code_of(messages.back()));
  }
  if (messages.size() > 1 && !as_json) print_summary(messages, arguments.positional);
  return worst;
}

int check(const util::Arguments& arguments) {
  const auto as = read_circumstances(arguments);
  if (!as) return failed(as.error());
  auto settings = daemon_settings(arguments);
  if (!settings) return failed(settings.error());
  const auto policy = load_policy(settings->policy);
  if (!policy) return failed(policy.error());
  const auto resolver = resolver_for(arguments, *settings);
  if (!resolver) return failed(resolver.error());
  return check_all({.settings = std::make_shared<const evidence::Settings>(std::move(*settings)),
                    .snapshot = policy->snapshot,
                    .resolver = resolver->get(),
                    .is_recorded = true},
                   *as, arguments);
}

}  // namespace

constexpr Command check_command{
    .name = "check",
    .operands = {"MESSAGE.eml...", 1},
    .required_flags = "--client-ip IP",
    .flags = flags,
    .help = "Judge messages as the daemon would.",
    .manual =
        "Prints the verdict, each check and the evidence as a tree. Exit by the verdict, "
        "whatever the mode: 0 accept, 1 reject, 75 tempfail; of several messages the worst. "
        "A message - is read from standard input; of several, a table ends the output.",
    .example = "tenantctl check --client-ip 40.107.22.1 --mail-from alice@contoso.com message.eml",
    .run = check,
};

}  // namespace ctl
