// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/reply.h"

#include "util/format.h"
#include "util/text.h"

namespace evidence {

namespace {

constexpr std::size_t max_part = 60;   // spec 6
constexpr std::size_t max_line = 500;  // with the codes

void replace_all(std::string& text, std::string_view what, const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

}  // namespace

Action action_for(const policy::Verdict& verdict) {
  using policy::Decision;
  using policy::Mode;
  if (verdict.decision == Decision::accept || verdict.mode == Mode::monitor) return Action::accept;
  if (verdict.decision == Decision::tempfail) return Action::tempfail;
  switch (verdict.mode) {
    case Mode::tag:
      return Action::tag;
    case Mode::quarantine:
      return Action::quarantine;
    default:
      return Action::reject;
  }
}

std::string filled_url(std::string_view url, std::string_view reason, std::string_view domain) {
  std::string filled(url);
  replace_all(filled, "%{reason}", util::percent_encoded(reason));
  replace_all(filled, "%{domain}", util::percent_encoded(domain));
  return filled;
}

std::string reply_text(const policy::Verdict& verdict, const std::string& reply_url) {
  std::string text(policy::info(verdict.reason).name);
  if (verdict.also != policy::Reason::none)
    text += util::format(" and {}", policy::info(verdict.also).name);
  if (!verdict.identity.empty()) text += ": " + util::shown(verdict.identity, max_part);
  if (!verdict.seen.empty()) text += ": " + util::shown(verdict.seen, max_part);
  if (reply_url.empty()) return text;
  // The URL is never cut: what stands before it makes room, and a domain that would
  // not fit is left out of it.
  const std::string_view reason = policy::info(verdict.reason).name;
  const std::size_t codes = verdict.code.smtp.size() + verdict.code.enhanced.size() + 2;
  const std::size_t room = max_line - codes - reason.size() - 2;
  std::string url = filled_url(reply_url, reason, verdict.identity);
  if (url.size() > room) url = filled_url(reply_url, reason, "");
  if (url.size() > room) return text;  // not at all rather than cut
  return text.substr(0, max_line - codes - 2 - url.size()) + "; " + url;
}

}  // namespace evidence
