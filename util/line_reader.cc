// SPDX-License-Identifier: BSD-2-Clause
#include "util/line_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "util/decompress.h"
#include "util/file.h"
#include "util/format.h"

namespace util {

namespace {

constexpr std::size_t chunk = 1024 * 1024;

}  // namespace

Result<LineReader> LineReader::open(const std::string& path) {
  Descriptor file(path == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                              : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return cannot_read(path, errno);
  LineReader reader;
  reader.path_ = path;
  struct stat status {};
  if (::fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode))
    reader.file_size_ = static_cast<std::uint64_t>(status.st_size);
  auto source = open_source(std::move(file));
  if (!source)
    return Error{format("{}: can't be read: {}", path, source.error().text),
                 source.error().exit_code};
  reader.source_ = std::move(*source);
  return reader;
}

// More bytes behind those that are there; false at the end.
bool LineReader::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() < end_ + chunk + padding) buffer_.resize(end_ + chunk + padding);
  const auto got = source_->read(buffer_.data() + end_, buffer_.size() - padding - end_);
  if (!got) {
    fault_ = format("{}: {}", path_, got.error().text);
    return false;
  }
  end_ += *got;
  return *got > 0;
}

void LineReader::skip_rest_of_line() {
  is_cut_ = false;
  for (;;) {
    const void* feed = std::memchr(buffer_.data() + begin_, '\n', end_ - begin_);
    if (feed != nullptr) {
      begin_ = static_cast<std::size_t>(static_cast<const char*>(feed) - buffer_.data()) + 1;
      return;
    }
    begin_ = end_;
    if (!fill()) return;
  }
}

bool LineReader::next(std::string_view& line) {
  if (is_cut_) skip_rest_of_line();
  std::size_t searched = 0;
  for (;;) {
    const char* from = buffer_.data() + begin_;
    const void* feed = std::memchr(from + searched, '\n', end_ - begin_ - searched);
    const std::size_t length =
        feed == nullptr ? end_ - begin_
                        : static_cast<std::size_t>(static_cast<const char*>(feed) - from);
    if (feed != nullptr || length >= longest) {
      line = {from, length};
      begin_ += length + (feed == nullptr ? 0 : 1);
      is_cut_ = feed == nullptr;
      ++number_;
      return true;
    }
    searched = length;
    if (!fault_.empty() || !fill()) {
      if (!fault_.empty() || begin_ == end_) return false;
      line = {buffer_.data() + begin_, end_ - begin_};
      begin_ = end_;
      ++number_;
      return true;
    }
  }
}

}  // namespace util
