// SPDX-License-Identifier: BSD-2-Clause
// The lines of a file or of standard input, plain or compressed by gzip or zstd, which its
// first bytes tell. Memory is bounded by the longest line. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "util/result.h"

namespace util {

// Bytes as they come out of a file, decompressed.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // At most `size` bytes; 0 at the end. Errors: damaged or unreadable (65).
  virtual Result<std::size_t> read(char* buffer, std::size_t size) = 0;
  // How far it is into the file itself.
  virtual std::uint64_t position() const = 0;
};

class LineReader {
 public:
  static constexpr std::size_t longest = 64 * 1024 * 1024;
  // So many bytes behind a line can be read, whatever they are.
  static constexpr std::size_t padding = 64;

  // "-" is standard input. Errors: no such file (66), can't be read (65).
  static Result<LineReader> open(const std::string& path);

  // The next line without its end, valid until the next call; one that is longer than
  // `longest` is cut there. False at the end, and after a fault.
  bool next(std::string_view& line);
  std::uint64_t line_number() const { return number_; }  // of the line given last, from 1
  // Why it ended early; "" where it did not.
  const std::string& fault() const { return fault_; }
  std::uint64_t position() const { return source_->position(); }
  std::uint64_t file_size() const { return file_size_; }  // 0 where it has none

 private:
  LineReader() = default;
  bool fill();
  void skip_rest_of_line();

  std::string path_;
  std::unique_ptr<ByteSource> source_;
  std::string buffer_;
  std::size_t begin_ = 0;  // of what has not been given
  std::size_t end_ = 0;
  std::uint64_t number_ = 0;
  std::uint64_t file_size_ = 0;
  std::string fault_;
  bool is_cut_ = false;
};

}  // namespace util
