// SPDX-License-Identifier: BSD-2-Clause
// Tag lists of DKIM (RFC 6376 3.2): of a DKIM-Signature field, and of a key record. Values.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace evidence {

struct DkimTag {
  std::string_view name;
  std::string_view value;  // without the white space around it
};

class DkimTags {
 public:
  // Views into the text. Nothing where it is no tag list or has a tag twice.
  static std::optional<DkimTags> read(std::string_view text);

  // Null where there is no such tag: an empty value is another thing.
  const std::string_view* find(std::string_view name) const;

 private:
  std::vector<DkimTag> tags_;  // in the order of their names
};

// The value of a tag, null where it is absent.
using DkimTagValue = std::function<const char*(const char* tag)>;

// Whether two DKIM-Signature fields say the same in the tags that the verification goes by: they
// are the same signature then. White space in a value counts for nothing; where libopendkim puts
// a default in the place of an absent tag, `other` does too.
bool is_same_signature(const DkimTags& tags, const DkimTagValue& other);

}  // namespace evidence
