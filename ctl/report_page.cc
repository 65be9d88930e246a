// SPDX-License-Identifier: BSD-2-Clause
#include "ctl/report_page.h"

#include <algorithm>

#include "milter/evidence/record.h"
#include "util/format.h"

namespace ctl {

namespace {

using util::format;

constexpr std::int64_t seconds_a_day = 86400;
constexpr std::size_t most_origins = 20;

constexpr std::string_view style = R"(
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
       color: #1b1b1b; background: #fff }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #ddd;
         overflow-wrap: anywhere }
td.number, th.number { text-align: right; white-space: nowrap }
.figures { display: flex; gap: 3rem; font-size: 1.1rem }
.figures b { display: block; font-size: 2rem }
svg { width: 100%; height: auto }
.accepted { fill: #3b7d4f } .refused { fill: #b3382c }
)";

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string day_name(std::int64_t day) { return evidence::date_of(day * seconds_a_day); }

DayFigures total_of(const ReportFigures& figures) {
  DayFigures total;
  for (const auto& [_, day] : figures.days) {
    total.accepted += day.accepted;
    total.refused += day.refused;
  }
  return total;
}

// A bar a day: what was accepted below, what was refused on top of it.
std::string chart(const ReportFigures& figures) {
  constexpr int width = 900;
  constexpr int height = 200;
  std::uint64_t most = 1;
  for (const auto& [_, day] : figures.days) most = std::max(most, day.accepted + day.refused);
  const std::int64_t first = figures.days.begin()->first;
  const std::int64_t count = figures.days.rbegin()->first - first + 1;
  const double step = static_cast<double>(width) / static_cast<double>(count);
  auto length = [&](std::uint64_t messages) {
    return static_cast<double>(messages) * height / static_cast<double>(most);
  };
  std::string text = format(
      "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"Messages by day\">\n", width, height);
  for (const auto& [number, day] : figures.days) {
    const double accepted = length(day.accepted);
    const double refused = length(day.refused);
    const std::string place =
        format("x=\"{:.1f}\" width=\"{:.1f}\"", static_cast<double>(number - first) * step,
               std::max(step - 2, 1.0));
    const std::string title = format("<title>{}: {} accepted, {} refused</title>", day_name(number),
                                     day.accepted, day.refused);
    auto bar = [&](std::string_view name, double top, double tall) {
      return format("<rect class=\"{}\" {} y=\"{:.1f}\" height=\"{:.1f}\">{}</rect>\n", name, place,
                    top, tall, title);
    };
    text += bar("accepted", height - accepted, accepted);
    text += bar("refused", height - accepted - refused, refused);
  }
  return text + "</svg>\n";
}

std::string origins_table(const ReasonFigures& figures) {
  std::vector<std::pair<std::string, OriginFigures>> origins(figures.origins.begin(),
                                                             figures.origins.end());
  std::stable_sort(origins.begin(), origins.end(), [](const auto& a, const auto& b) {
    return a.second.messages > b.second.messages;
  });
  std::string text =
      "<table>\n<tr><th>Sent by</th><th class=\"number\">Messages</th><th>Last</th>"
      "<th>For example</th></tr>\n";
  for (std::size_t i = 0; i < std::min(most_origins, origins.size()); ++i) {
    const OriginFigures& origin = origins[i].second;
    std::string examples;
    for (const std::string& id : origin.queue_ids) examples += escaped(id) + " ";
    text += format("<tr><td>{}</td><td class=\"number\">{}</td><td>{}</td><td>{}</td></tr>\n",
                   escaped(origins[i].first), origin.messages, evidence::rfc3339(origin.last),
                   examples);
  }
  text += "</table>\n";
  if (origins.size() > most_origins)
    text += format("<p>And {} others.</p>\n", origins.size() - most_origins);
  return text;
}

std::string reason_section(policy::Reason reason, const ReasonFigures& figures) {
  const policy::ReasonInfo& info = policy::info(reason);
  return format("<h2>{}: {}</h2>\n<p>{}</p>\n<p><b>What to do.</b> {}</p>\n{}", info.name,
                figures.messages, escaped(info.manual), escaped(info.remedy),
                origins_table(figures));
}

}  // namespace

std::string report_page(const ReportFigures& figures) {
  const std::string title =
      figures.sender.empty() ? "Mail of all senders" : "Mail in the name of " + figures.sender;
  const DayFigures total = total_of(figures);
  std::string text = format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>{0}</title>\n"
      "<style>{1}</style>\n</head>\n<body>\n<h1>{0}</h1>\n",
      escaped(title), style);
  if (figures.days.empty()) return text + "<p>There was none.</p>\n</body>\n</html>\n";
  text += format("<p>{} to {}</p>\n", day_name(figures.days.begin()->first),
                 day_name(figures.days.rbegin()->first));
  text += format(
      "<div class=\"figures\"><div><b>{}</b> accepted</div><div><b>{}</b> refused</div>"
      "</div>\n",
      total.accepted, total.refused);
  if (figures.let_through > 0)
    text += format("<p>{} of those refused were let through, because the mode is monitor.</p>\n",
                   figures.let_through);
  text += chart(figures);
  std::vector<std::pair<policy::Reason, const ReasonFigures*>> reasons;
  for (const auto& [reason, of_reason] : figures.reasons) reasons.emplace_back(reason, &of_reason);
  std::stable_sort(reasons.begin(), reasons.end(), [](const auto& a, const auto& b) {
    return a.second->messages > b.second->messages;
  });
  for (const auto& [reason, of_reason] : reasons) text += reason_section(reason, *of_reason);
  return text + "</body>\n</html>\n";
}

}  // namespace ctl
