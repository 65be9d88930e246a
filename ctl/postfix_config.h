// SPDX-License-Identifier: BSD-2-Clause
// What postconf(1) says of a Postfix: its parameters, and the services that take mail by
// SMTP with the values that are in force for each. Reads; blocks while postconf runs.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "util/result.h"

namespace ctl {

using Parameters = std::map<std::string, std::string>;

// A line of master.cf.
struct Service {
  std::string name;     // "smtp", "127.0.0.1:10025"
  std::string type;     // "inet"; "pass" behind postscreen
  std::string chroot;   // the columns as they stand: "y", "n", "-"
  std::string limit;    // of processes
  std::string line;     // all of it
  std::string command;  // "smtpd"
  std::string address;  // the name of the service that listens: its own, or postscreen's
  Parameters options;   // what it sets by -o, as it stands there
  Parameters values;    // what is in force for it, $names expanded

  std::string title() const { return name + "/" + type; }
  const std::string& value(const std::string& parameter) const;
};

struct PostfixConfig {
  std::string directory;
  Parameters written;               // main.cf's own or the default, $names and all
  Parameters values;                // the same with $names expanded
  std::vector<Service> listeners;   // smtpd behind a port
  bool chroots_by_default = false;  // what "-" in the column says

  const std::string& value(const std::string& parameter) const;
  bool is_chrooted(const Service& service) const;
};

// Where a parameter is set for a service, and how a line there says it.
struct Place {
  std::string where;
  std::string wrong;   // the line as it is
  std::string before;  // of the value, in a line as it should be
  bool is_option = false;

  std::string line(const std::string& value) const { return before + value; }
};
Place place_of(const PostfixConfig& postfix, const Service& service, const std::string& parameter);
Place main_place(const PostfixConfig& postfix, const std::string& parameter);
// A new option of a service that has none of this parameter.
Place option_place(const PostfixConfig& postfix, const Service& service,
                   const std::string& parameter);

// The path of postconf; "" where there is none.
std::string find_postconf();

// Of the main.cf in a directory; "" for Postfix's own choice. Errors: it can't be read (66).
util::Result<PostfixConfig> read_postfix(const std::string& directory);

}  // namespace ctl
