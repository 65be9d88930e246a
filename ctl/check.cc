// SPDX-License-Identifier: BSD-2-Clause
// tenantctl check: messages judged with full evidence, as the daemon would decide.
#include <algorithm>
#include <cstdio>
#include <ctime>

#include "ctl/command.h"
#include "ctl/tree.h"
#include "milter/evidence/message.h"
#include "milter/evidence/message_file.h"
#include "milter/evidence/record.h"
#include "milter/evidence/resolver.h"
#include "policy/store/store.h"
#include "util/file.h"
#include "util/format.h"

namespace ctl {

namespace {

using util::Error;
using util::format;

constexpr int exit_usage = 64;
constexpr int exit_tempfail = 75;

constexpr util::Flag flags[] = {
    config_flag,
    policy_flag,
    {0, "client-ip", true, false},
    {0, "client-name", true, false},
    {0, "helo", true, false},
    {0, "mail-from", true, false},
    {0, "rcpt", true, true},
    {0, "login", true, false},
    {0, "certificate", true, false},
    {0, "daemon-name", true, false},
    {0, "rcpt-mailer", true, false},
    {0, "time", true, false},
    {0, "json", false, false},
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

}  // namespace

int check(const Words& words) {
  const auto arguments = util::parse_arguments(words, flags, true);
  if (!arguments) return failed(arguments.error());
  if (arguments->positional.empty())
    return failed({"check: expected a message file, or several", exit_usage});
  const auto as = read_circumstances(*arguments);
  if (!as) return failed(as.error());
  auto settings = daemon_settings(*arguments);
  if (!settings) return failed(settings.error());
  const store::Loaded loaded = store::load(settings->policy, {.time = as->time});
  if (loaded.snapshot == nullptr) {
    for (const store::Finding& finding : loaded.findings)
      std::fprintf(stderr, "%s\n", finding.to_string().c_str());
    return loaded.exit_code;
  }
  const auto resolver = evidence::make_resolver(settings->resolver);
  if (!resolver) return failed(resolver.error());
  const evidence::MessageContext context{
      std::make_shared<const evidence::Settings>(std::move(*settings)), loaded.snapshot,
      resolver->get()};
  int worst = 0;
  for (const std::string& name : arguments->positional) {
    const auto bytes = util::read_file(name);
    if (!bytes) return failed(bytes.error());
    const evidence::Message message = judged(context, *as, evidence::read_message_file(*bytes));
    print(message, name, arguments->has("json"));
    worst = worse(worst, exit_code_of(message));
  }
  return worst;
}

}  // namespace ctl
