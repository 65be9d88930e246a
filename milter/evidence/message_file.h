// SPDX-License-Identifier: BSD-2-Clause
// A message as a file (RFC 5322, LF or CRLF) taken apart as an MTA hands it to a
// filter: fields with folds as LF, the body with CRLF. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "milter/evidence/field.h"

namespace evidence {

struct MessageFile {
  // A Return-Path on top stands for MAIL FROM and is no field of the message.
  std::optional<std::string> return_path;
  std::vector<HeaderField> header;
  std::string body;
};

MessageFile read_message_file(std::string_view bytes);

}  // namespace evidence
