// SPDX-License-Identifier: BSD-2-Clause
// What the fuzz targets share. A target is one function over bytes; libFuzzer calls it in
// the preset fuzz, and seeds_main.cc in every other, over the seeds in the tree.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace fuzz {

// What must hold for every input; a breach ends the process, which libFuzzer reports.
inline void must(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "breach: %s\n", what);
  std::abort();
}

inline std::string_view text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Takes parts off the front of an input.
class Input {
 public:
  explicit Input(std::string_view bytes) : bytes_(bytes) {}
  bool is_empty() const { return bytes_.empty(); }
  std::uint8_t byte() {
    if (bytes_.empty()) return 0;
    const auto value = static_cast<std::uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return value;
  }
  // Up to the next line end, or all.
  std::string line() {
    const auto end = bytes_.find('\n');
    std::string part(bytes_.substr(0, end));
    bytes_.remove_prefix(end == std::string_view::npos ? bytes_.size() : end + 1);
    return part;
  }
  std::string_view rest() const { return bytes_; }

 private:
  std::string_view bytes_;
};

}  // namespace fuzz
