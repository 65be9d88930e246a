// SPDX-License-Identifier: BSD-2-Clause
// What a sendmail.cf says of filters, listeners and canonical names, with the line of
// each. Reads the text as it stands; values.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "util/result.h"

namespace ctl {

// A line with those that go on from it.
struct CfLine {
  unsigned number = 0;
  std::string text;
};

// "NAME=VALUE, ..." as an X line or DaemonPortOptions has them. A name counts by its first
// letter, as Sendmail reads it.
struct CfFields {
  std::vector<std::pair<std::string, std::string>> all;

  const std::string* find(char letter) const;
  std::string text() const;
};
CfFields parse_fields(std::string_view text);

struct CfFilter {  // Xname, S=..., F=..., T=...
  CfLine line;
  std::string name;
  CfFields fields;
  std::string with(char letter, const std::string& field, const std::string& value) const;
};

struct CfListener {  // O DaemonPortOptions=...
  CfLine line;
  CfFields fields;
};

struct SendmailConfig {
  std::string file;
  std::vector<CfFilter> filters;
  std::vector<CfListener> listeners;
  CfLine input_filters;             // 0 where there is no such line
  std::vector<std::string> inputs;  // the names in it, in order
  CfLine max_children;              // O MaxDaemonChildren
  CfLine canonifying;               // the rule that asks DNS for another name

  std::string place(const CfLine& line) const;  // "FILE:NUMBER", or FILE
  const CfFilter* filter_named(const std::string& name) const;
};

// Errors: it can't be read (66).
util::Result<SendmailConfig> read_sendmail(const std::string& file);

// Names between any of the separators, without white space around them.
std::vector<std::string> names_in(std::string_view text, std::string_view separators);
inline constexpr std::string_view filter_separators = ",;";

}  // namespace ctl
