// SPDX-License-Identifier: BSD-2-Clause
#include "policy/reasons.h"

namespace policy {

std::optional<Reason> reason_named(std::string_view name) {
  for (const ReasonInfo& row : reasons) {
    if (row.name == name) return row.reason;
  }
  return std::nullopt;
}

}  // namespace policy
