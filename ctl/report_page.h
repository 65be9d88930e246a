// SPDX-License-Identifier: BSD-2-Clause
// The page of tenantctl report. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "policy/reasons.h"

namespace ctl {

struct DayFigures {
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;  // or deferred, whatever the mode did about it
};

struct OriginFigures {
  std::uint64_t messages = 0;
  std::int64_t last = 0;
  std::vector<std::string> queue_ids;
};

struct ReasonFigures {
  std::uint64_t messages = 0;
  std::map<std::string, OriginFigures> origins;
};

struct ReportFigures {
  std::string sender;                       // "": all
  std::map<std::int64_t, DayFigures> days;  // by days since 1970
  std::map<policy::Reason, ReasonFigures> reasons;
  std::uint64_t let_through = 0;  // of those refused, by a mode
};

// HTML 5, complete in itself: no script, no other file. All text is escaped.
std::string report_page(const ReportFigures& figures);

}  // namespace ctl
