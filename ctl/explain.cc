// SPDX-License-Identifier: BSD-2-Clause
// tenantctl explain: one decision in words, for the administrator of the sender.
#include <cstdio>

#include "ctl/command.h"
#include "ctl/decisions.h"
#include "ctl/table.h"
#include "policy/reasons.h"
#include "policy/verdict.h"
#include "util/format.h"
#include "util/json.h"
#include "util/text.h"

namespace ctl {

namespace {

using util::format;
using util::JsonValue;

// A decision in words, part by part.
struct Explanation {
  std::string what;                 // what happened
  std::string why;                  // what it means
  std::vector<std::string> seen;    // what the message said
  std::vector<std::string> checks;  // which were passed, and which was not
  std::string remedy;               // what to do
};

std::string value_of(const JsonValue& json) { return util::shown(json.text()); }

std::string author_of(const policy::Evidence& evidence) {
  std::vector<std::string> authors;
  for (const policy::Identity& author : evidence.authors)
    authors.push_back(util::shown(author.domain));
  return authors.empty() ? "an author that can't be read" : joined(authors, " and ");
}

// What was done with the message, by the mode, in the past tense.
std::string done_of(const JsonValue& record) {
  const std::string_view action = record.at("action").text();
  const std::string_view verdict = record.at("verdict").text();
  const std::string code = value_of(record.at("code"));
  if (verdict == "accept") return "was accepted";
  const std::string would = format("{} ({} {})", verdict == "tempfail" ? "deferred" : "refused",
                                   code, value_of(record.at("reason")));
  if (action == "reject" || action == "tempfail") return "was " + would;
  if (action == "quarantine") return "was put on hold; it would have been " + would;
  if (action == "tag") return "was marked and let through; it would have been " + would;
  return format("was let through, because the mode is {}; it would have been {}",
                value_of(record.at("mode")), would);
}

std::vector<std::string> seen_in(const JsonValue& record, const policy::Evidence& evidence) {
  std::vector<std::string> seen;
  auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) seen.push_back(format("{}: {}", name, value));
  };
  add("came from", evidence.client
                       ? evidence.client->to_string() + " " + util::shown(evidence.client_name)
                       : "");
  add("login", util::shown(evidence.login));
  add("envelope sender", evidence.null_sender ? "none (a bounce)"
                         : evidence.envelope  ? util::shown(evidence.envelope->domain)
                                              : "");
  for (const policy::TenantField& field : evidence.tenant_fields)
    add(policy::info(field.source).name, util::shown(field.seen));
  add("entity", util::shown(evidence.entity.value));
  add("handed in by", util::shown(evidence.connecting.seen, 120));
  const JsonValue logged = record.at("evidence");
  add("SPF", format("{} for {}", value_of(logged.at("spf").at("result")),
                    util::shown(evidence.spf.domain)));
  for (const JsonValue& signature : logged.at("signatures").elements())
    add("DKIM", format("{} for {}", value_of(signature.at("result")), value_of(signature.at("d"))));
  return seen;
}

Explanation explained(const JsonValue& record, const policy::Evidence& evidence) {
  Explanation words;
  words.what = format("The message {} of {} from {} {}.", value_of(record.at("queue_id")),
                      value_of(record.at("time")), author_of(evidence), done_of(record));
  const auto reason = policy::reason_named(record.at("reason").text());
  if (reason && *reason != policy::Reason::none) {
    words.why = policy::info(*reason).manual;
    words.remedy = policy::info(*reason).remedy;
    const std::string identity = value_of(record.at("identity"));
    const std::string seen = value_of(record.at("seen"));
    if (!identity.empty()) words.why += format(" It failed for {}.", identity);
    if (!seen.empty()) words.why += format(" What was seen: {}.", seen);
  }
  words.seen = seen_in(record, evidence);
  for (const JsonValue& check : record.at("checks").elements())
    words.checks.push_back(format("{} {}: {}", check.at("check").number(),
                                  value_of(check.at("name")), value_of(check.at("result"))));
  return words;
}

// Lines of at most 78 columns.
std::string wrapped(const std::string& text, std::size_t indent) {
  constexpr std::size_t width = 78;
  std::string lines(indent, ' ');
  std::size_t column = indent;
  for (const std::string_view word : util::split(text, ' ')) {
    if (column > indent && column + 1 + word.size() > width) {
      lines += "\n" + std::string(indent, ' ');
      column = indent;
    }
    if (column > indent) {
      lines += ' ';
      ++column;
    }
    lines += word;
    column += word.size();
  }
  return lines + "\n";
}

void print(const Explanation& words) {
  std::string text = wrapped(words.what, 0);
  if (!words.why.empty()) text += "\nWhy\n" + wrapped(words.why, 2);
  if (!words.remedy.empty()) text += "\nWhat to do\n" + wrapped(words.remedy, 2);
  text += "\nWhat the message said\n";
  for (const std::string& line : words.seen) text += wrapped(line, 2);
  text += "\nChecks\n";
  for (const std::string& line : words.checks) text += wrapped(line, 2);
  std::fputs(text.c_str(), stdout);
}

util::Json to_json(const Explanation& words) {
  return util::Json::object()
      .set("what", words.what)
      .set("why", words.why)
      .set("remedy", words.remedy)
      .set("seen", util::json_list(words.seen))
      .set("checks", util::json_list(words.checks));
}

int explain(const util::Arguments& arguments) {
  const auto files = decision_files(arguments, 1);
  if (!files) return failed(files.error());
  const std::string& id = arguments.positional[0];
  std::vector<Explanation> found;
  const auto counts =
      read_decisions(*files, [&](const JsonValue& record, const policy::Evidence& evidence) {
        if (record.at("queue_id").text() == id) found.push_back(explained(record, evidence));
      });
  if (!counts) return failed(counts.error());
  if (found.empty())
    return failed({format("no decision about \"{}\" in {}{}", util::shown(id), joined(*files, ", "),
                          broken_note(*counts)),
                   exit_no_input});
  if (arguments.has("json")) {
    const util::Json all =
        util::json_list(found, [](const Explanation& words) { return to_json(words); });
    return std::printf("%s\n", all.pretty().c_str()) < 0;
  }
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (i > 0) std::puts("");
    print(found[i]);
  }
  return 0;
}

constexpr util::Flag flags[] = {json_flag};

}  // namespace

constexpr Command explain_command{
    .name = "explain",
    .operands = {"QUEUE-ID [FILE...]", 1},
    .required_flags = "",
    .flags = flags,
    .help = "Say one decision in words, for the administrator of the sender.",
    .manual =
        "What happened, why, what the message said, and what to do. FILE is a decision log as for "
        "simulate. An MTA uses a queue id again some day: all decisions that have it are said. "
        "Exit 66 where there is none.",
    .example = "tenantctl explain 4DkGx53Kmtz1 /var/log/tenant-milter/decisions.json",
    .run = explain,
};

}  // namespace ctl
