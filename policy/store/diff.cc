// SPDX-License-Identifier: BSD-2-Clause
// The difference of two versions of a file of which one part was edited: one hunk.
#include <algorithm>

#include "policy/store/edit.h"
#include "util/format.h"

namespace store {

namespace {

constexpr std::size_t context = 3;

using Lines = std::vector<std::string_view>;

Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t length = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return lines;
}

std::string marked(char mark, std::string_view line) {
  std::string text = mark + std::string(line);
  return line.ends_with('\n') ? text : text + "\n\\ No newline at end of file\n";
}

std::string range(std::size_t first, std::size_t count) {
  // POSIX: an empty range names the line before it.
  return util::format("{},{}", count == 0 ? first : first + 1, count);
}

}  // namespace

std::string unified_diff(const std::string& before, const std::string& after,
                         const std::string& name) {
  if (before == after) return "";
  const Lines a = lines_of(before);
  const Lines b = lines_of(after);
  const std::size_t shorter = std::min(a.size(), b.size());
  std::size_t head = 0;
  while (head < shorter && a[head] == b[head]) ++head;
  std::size_t tail = 0;
  while (tail < shorter - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
  const std::size_t from = head - std::min(head, context);
  const std::size_t after_count = std::min(tail, context);
  const std::size_t a_end = a.size() - tail;
  const std::size_t b_end = b.size() - tail;
  std::string text = util::format("--- {}\n+++ {}\n@@ -{} +{} @@\n", name, name,
                                  range(from, a_end + after_count - from),
                                  range(from, b_end + after_count - from));
  for (std::size_t i = from; i < head; ++i) text += marked(' ', a[i]);
  for (std::size_t i = head; i < a_end; ++i) text += marked('-', a[i]);
  for (std::size_t i = head; i < b_end; ++i) text += marked('+', b[i]);
  for (std::size_t i = a_end; i < a_end + after_count; ++i) text += marked(' ', a[i]);
  return text;
}

}  // namespace store
