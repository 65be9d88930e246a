// SPDX-License-Identifier: BSD-2-Clause
// tenantctl report: a page that a customer can read, of what was sent in its name.
#include <algorithm>
#include <cstdio>
#include <map>

#include "ctl/command.h"
#include "ctl/decisions.h"
#include "ctl/report_page.h"
#include "ctl/table.h"
#include "policy/reasons.h"
#include "util/format.h"
#include "util/replace.h"
#include "util/text.h"

namespace ctl {

namespace {

constexpr std::int64_t seconds_a_day = 86400;
constexpr std::size_t most_examples = 3;

// Who sent it, as the page names them.
std::string origin_of(const policy::Evidence& evidence) {
  std::vector<std::string> parts;
  for (const policy::TenantField& field : evidence.tenant_fields)
    parts.push_back(util::shown(field.value.empty() ? field.seen : field.value));
  if (!evidence.login.empty()) parts.push_back("login " + util::shown(evidence.login));
  if (parts.empty() && evidence.client) parts.push_back(evidence.client->to_string());
  return parts.empty() ? "unknown" : joined(parts, " ");
}

void count(const util::JsonValue& record, const policy::Evidence& evidence,
           ReportFigures& figures) {
  const bool is_accepted = record.at("verdict").text() == "accept";
  DayFigures& day = figures.days[evidence.time / seconds_a_day];
  ++(is_accepted ? day.accepted : day.refused);
  figures.let_through += !is_accepted && record.at("action").text() == "accept" ? 1 : 0;
  if (is_accepted) return;
  const auto reason = policy::reason_named(record.at("reason").text());
  if (!reason) return;
  ReasonFigures& of_reason = figures.reasons[*reason];
  ++of_reason.messages;
  OriginFigures& origin = of_reason.origins[origin_of(evidence)];
  ++origin.messages;
  origin.last = std::max(origin.last, evidence.time);
  if (origin.queue_ids.size() < most_examples)
    origin.queue_ids.push_back(util::shown(record.at("queue_id").text()));
}

int report(const util::Arguments& arguments) {
  if (!arguments.has("html"))
    return failed({"--html is missing: the file that the page is written to", exit_usage});
  const auto files = decision_files(arguments, 0);
  if (!files) return failed(files.error());
  ReportFigures figures;
  figures.sender = arguments.value("sender");
  const auto counts =
      read_decisions(*files, [&](const util::JsonValue& record, const policy::Evidence& evidence) {
        if (figures.sender.empty() || is_about(record, figures.sender))
          count(record, evidence, figures);
      });
  if (!counts) return failed(counts.error());
  if (figures.days.empty() && !figures.sender.empty())
    return failed({util::format("no decision about the sender \"{}\"", util::shown(figures.sender)),
                   exit_no_input});
  const std::string file = arguments.value("html");
  if (const util::Status written = util::write_file(file, report_page(figures)); !written)
    return failed(written.error());
  return std::printf("%s: written%s\n", file.c_str(), broken_note(*counts).c_str()) < 0;
}

constexpr util::Flag flags[] = {
    {0, "sender", "NAME", false, "Of this sender alone."},
    {0, "html", "FILE", false, "The page to be written."},
};

}  // namespace

constexpr Command report_command{
    .name = "report",
    .operands = {"[FILE...]", 0},
    .required_flags = "--html FILE",
    .flags = flags,
    .help = "Write a page for a customer about what was sent in its name.",
    .manual =
        "How much was accepted and how much refused, by day; by reason who sent it, what it means "
        "and what to do. The page needs nothing from elsewhere and runs no script. FILE operands "
        "are decision logs as for simulate.",
    .example =
        "tenantctl report --sender contoso --html report.html "
        "/var/log/tenant-milter/decisions.json",
    .run = report,
};

}  // namespace ctl
