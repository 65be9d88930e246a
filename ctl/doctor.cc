// SPDX-License-Identifier: BSD-2-Clause
// tenantctl doctor: what is wrong between the MTA and the daemon, each thing with the line
// that would be right.
#include "ctl/doctor.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "ctl/command.h"
#include "ctl/postfix_config.h"
#include "util/format.h"
#include "util/json.h"

namespace ctl {

namespace {

using doctor::Finding;
using doctor::Report;
using doctor::Severity;
using util::format;
using util::Json;

constexpr const char* sendmail_file = "/etc/mail/sendmail.cf";

constexpr util::Flag flags[] = {
    json_flag,
    {0, "postfix-config", "DIR", false, "The directory of main.cf and master.cf."},
    {0, "sendmail-cf", "FILE", false, "Sendmail's configuration, in place of Postfix's."},
};

bool is_there(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

bool has_postfix() {
  const char* own = std::getenv("MAIL_CONFIG");
  const std::string directory = own == nullptr ? "/etc/postfix" : own;
  return is_there(directory + "/main.cf") && !find_postconf().empty();
}

util::Status look_at_mta(const util::Arguments& arguments, const evidence::Settings& settings,
                         Report& report) {
  const bool is_postfix = arguments.has("postfix-config");
  const bool is_sendmail = arguments.has("sendmail-cf");
  if (is_postfix && is_sendmail)
    return util::Error{"found --postfix-config and --sendmail-cf, expected one of them",
                       exit_usage};
  if (is_postfix || (!is_sendmail && has_postfix()))
    return look_at_postfix(arguments.value("postfix-config"), settings, report);
  const std::string file = arguments.value("sendmail-cf", sendmail_file);
  if (!is_sendmail && !is_there(file))
    return util::Error{format("found neither Postfix's main.cf with postconf nor {}; expected one, "
                              "or --postfix-config or --sendmail-cf",
                              file),
                       exit_no_input};
  return look_at_sendmail(file, settings, report);
}

Json to_json(const Report& report) {
  const Json findings = util::json_list(report.findings, [](const Finding& finding) {
    const doctor::KindInfo& info = finding.info();
    return Json::object()
        .set("severity", in_words(info.severity))
        .set("name", info.name)
        .set("where", finding.where)
        .set("wrong", finding.wrong)
        .set("right", finding.right)
        .set("why", info.why);
  });
  return Json::object()
      .set("mta", report.mta)
      .set("findings", findings)
      .set("looked_at", util::json_list(report.looked_at))
      .set("not_looked_at", util::json_list(report.not_looked_at));
}

void print(const Report& report) {
  for (const Finding& finding : report.findings) {
    const doctor::KindInfo& info = finding.info();
    std::fputs(format("{}: {}: {}\n  is:        {}\n  should be: {}\n  {}\n",
                      in_words(info.severity), info.name, finding.where,
                      finding.wrong.empty() ? "(nothing)" : finding.wrong, finding.right, info.why)
                   .c_str(),
               stdout);
  }
  for (const std::string& text : report.looked_at)
    std::fputs(format("looked at: {}\n", text).c_str(), stdout);
  for (const std::string& text : report.not_looked_at)
    std::fputs(format("could not look at: {}\n", text).c_str(), stdout);
  if (report.findings.empty()) std::puts("nothing to mend");
}

int examine(const util::Arguments& arguments) {
  const auto settings = daemon_settings(arguments);
  if (!settings) return failed(settings.error());
  Report report;
  if (const util::Status looked = look_at_mta(arguments, *settings, report); !looked)
    return failed(looked.error());
  look_at_daemon(*settings, report);
  if (arguments.has("json"))
    std::puts(to_json(report).pretty().c_str());
  else
    print(report);
  return report.has(Severity::error) ? exit_found : 0;
}

}  // namespace

constexpr Command doctor_command{
    .name = "doctor",
    .operands = {"", 0, 0},
    .required_flags = "",
    .flags = flags,
    .help = "Tell what is wrong between the MTA's configuration and the daemon's.",
    .manual =
        "Looks at Postfix's configuration where there is one (environment MAIL_CONFIG), else at "
        "Sendmail's: whether the filter is attached where it should be, what happens when it "
        "fails, time limits, rights to the socket, the resolver. Each finding has the line as it "
        "is and as it should be; nothing is changed. Exit 1 where one of them is an error, 0 "
        "where there are warnings alone or nothing, 66 where there is no configuration of an MTA.",
    .example = "tenantctl doctor",
    .run = examine,
};

}  // namespace ctl
