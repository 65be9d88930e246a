// SPDX-License-Identifier: BSD-2-Clause
// A file that is replaced as a whole: whoever reads it, at any time and after any fault,
// finds the old bytes or the new ones. One process at a time holds it.
#pragma once

#include <string>
#include <string_view>

#include "util/handle.h"
#include "util/result.h"

namespace util {

class ReplaceableFile {
 public:
  // Waits for whoever holds the file, then reads it. A symbolic link is followed: what it
  // leads to is replaced. Errors: no such file (66), can't be read (65).
  static Result<ReplaceableFile> hold(const std::string& path);

  const std::string& bytes() const { return bytes_; }

  // Writes a new file beside it, with its mode, owner, group and extended attributes
  // (access lists, labels), and puts it in its place once it is on the disk. Errors: can't
  // be written, or marked read-only by its mode (73); the old file stays then.
  Status replace(std::string_view bytes);

 private:
  ReplaceableFile() = default;

  std::string path_;  // without links
  Descriptor held_;
  std::string bytes_;
};

// A new file, or one in the place of an old: there whole or not at all, for the user alone
// to write. Errors: can't be written (73).
Status write_file(const std::string& path, std::string_view bytes);

}  // namespace util
