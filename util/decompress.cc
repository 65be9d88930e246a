// SPDX-License-Identifier: BSD-2-Clause
#include "util/decompress.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "util/format.h"

namespace util {

namespace {

constexpr int exit_data = 65;
constexpr std::size_t chunk = 256 * 1024;
constexpr std::string_view gzip_magic = "\x1f\x8b";
constexpr std::string_view zstd_magic = "\x28\xb5\x2f\xfd";

Error damaged(std::string_view why) { return {format("damaged: {}", why), exit_data}; }

// The file's own bytes, from a buffer that can be looked into.
class File {
 public:
  explicit File(Descriptor file) : file_(std::move(file)), buffer_(chunk) {}

  // What is there; empty at the end.
  Result<std::string_view> peek() {
    while (begin_ == end_) {
      const auto got = ::read(file_.get(), buffer_.data(), buffer_.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return Error{std::strerror(errno), exit_data};
      begin_ = 0;
      end_ = static_cast<std::size_t>(got);
      if (got == 0) break;
    }
    return std::string_view(buffer_.data() + begin_, end_ - begin_);
  }
  void take(std::size_t count) {
    begin_ += count;
    position_ += count;
  }
  // What was looked at, else straight from the file.
  Result<std::size_t> read(char* buffer, std::size_t size) {
    if (begin_ < end_) {
      const std::size_t count = std::min(size, end_ - begin_);
      std::memcpy(buffer, buffer_.data() + begin_, count);
      take(count);
      return count;
    }
    for (;;) {
      const auto got = ::read(file_.get(), buffer, size);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return Error{std::strerror(errno), exit_data};
      position_ += static_cast<std::size_t>(got);
      return static_cast<std::size_t>(got);
    }
  }
  std::uint64_t position() const { return position_; }

 private:
  Descriptor file_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t position_ = 0;
};

class PlainSource : public ByteSource {
 public:
  explicit PlainSource(File file) : file_(std::move(file)) {}
  Result<std::size_t> read(char* buffer, std::size_t size) override {
    return file_.read(buffer, size);
  }
  std::uint64_t position() const override { return file_.position(); }

 private:
  File file_;
};

class GzipSource : public ByteSource {
 public:
  explicit GzipSource(File file) : file_(std::move(file)) {
    constexpr int any_window_gzip = 15 + 16;
    is_ready_ = inflateInit2(&stream_, any_window_gzip) == Z_OK;
  }
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;
  ~GzipSource() override { inflateEnd(&stream_); }

  Result<std::size_t> read(char* buffer, std::size_t size) override {
    if (!is_ready_) return damaged("no memory for gzip");
    stream_.next_out = reinterpret_cast<Bytef*>(buffer);
    stream_.avail_out = static_cast<uInt>(size);
    while (stream_.avail_out == size) {
      const auto there = file_.peek();
      if (!there) return there.error();
      if (there->empty()) {
        if (is_inside_) return damaged("it ends in the middle of gzip data");
        return std::size_t{0};
      }
      is_inside_ = true;
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(there->data()));
      stream_.avail_in = static_cast<uInt>(there->size());
      const int result = inflate(&stream_, Z_NO_FLUSH);
      file_.take(there->size() - stream_.avail_in);
      if (result == Z_STREAM_END) {
        is_inside_ = false;
        inflateReset(&stream_);
      } else if (result != Z_OK && result != Z_BUF_ERROR) {
        return damaged(stream_.msg == nullptr ? "no gzip data" : stream_.msg);
      }
    }
    return size - stream_.avail_out;
  }
  std::uint64_t position() const override { return file_.position(); }

 private:
  File file_;
  z_stream stream_{};
  bool is_ready_ = false;
  bool is_inside_ = false;  // a member
};

class ZstdSource : public ByteSource {
 public:
  explicit ZstdSource(File file) : file_(std::move(file)), stream_(ZSTD_createDStream()) {}

  Result<std::size_t> read(char* buffer, std::size_t size) override {
    if (!stream_) return damaged("no memory for zstd");
    ZSTD_outBuffer out{buffer, size, 0};
    while (out.pos == 0) {
      const auto there = file_.peek();
      if (!there) return there.error();
      if (there->empty() && !is_inside_) return std::size_t{0};
      ZSTD_inBuffer in{there->data(), there->size(), 0};
      const std::size_t left = ZSTD_decompressStream(stream_.get(), &out, &in);
      if (ZSTD_isError(left) != 0) return damaged(ZSTD_getErrorName(left));
      file_.take(in.pos);
      is_inside_ = left != 0;
      if (there->empty() && out.pos == 0) return damaged("it ends in the middle of zstd data");
    }
    return out.pos;
  }
  std::uint64_t position() const override { return file_.position(); }

 private:
  File file_;
  Handle<ZSTD_DStream, ZSTD_freeDStream> stream_;
  bool is_inside_ = false;  // a frame
};

}  // namespace

Result<std::unique_ptr<ByteSource>> open_source(Descriptor descriptor) {
  File file(std::move(descriptor));
  const auto first = file.peek();
  if (!first) return first.error();
  std::unique_ptr<ByteSource> source;
  if (first->starts_with(gzip_magic))
    source = std::make_unique<GzipSource>(std::move(file));
  else if (first->starts_with(zstd_magic))
    source = std::make_unique<ZstdSource>(std::move(file));
  else
    source = std::make_unique<PlainSource>(std::move(file));
  return source;
}

}  // namespace util
