// SPDX-License-Identifier: BSD-2-Clause
// What the parts of the doctor for Postfix share: the listeners, and what an entry of
// smtpd_milters leads to. Internal to ctl/doctor_*.cc.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ctl/doctor.h"
#include "ctl/milter_list.h"
#include "ctl/postfix_config.h"
#include "milter/evidence/endpoint.h"

namespace ctl::doctor {

// What an entry leads to.
enum class Meant {
  other,           // some other milter
  ours,            // the daemon's socket
  misaddressed,    // it names the daemon's socket, and leads elsewhere
  outside_chroot,  // the same, and from a chroot no other spelling would help
};

// A listener with the filter.
struct Attached {
  const Service* service = nullptr;
  Milters milters;
  std::size_t index = 0;  // of the filter
  Meant meant = Meant::ours;

  const Milter& entry() const { return milters[index]; }
};

struct Look {
  const PostfixConfig& postfix;
  const evidence::Settings& settings;
  const evidence::Endpoint& endpoint;  // the daemon's
  Report& report;

  Meant meaning(const Milter& milter, bool is_chrooted) const;
  std::optional<Attached> attached(const Service& service) const;
  // The daemon's socket as Postfix has to name it.
  std::string written() const;
};

void look_at_certificates(const Look& look, const std::vector<Attached>& attached);
// Whether smtpd may connect to the socket, by owner, group and mode.
void look_at_rights(const Look& look, const std::vector<Attached>& attached);

}  // namespace ctl::doctor
