// SPDX-License-Identifier: BSD-2-Clause
#include "policy/store/text_places.h"

#include <algorithm>

namespace store {

namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

}  // namespace

TextPlaces::TextPlaces(std::string_view text)
    : text_(text), newline_(text.find("\r\n") != std::string_view::npos ? "\r\n" : "\n") {
  lines_.push_back(text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0);
  for (auto feed = text.find('\n'); feed != std::string_view::npos;
       feed = text.find('\n', feed + 1))
    lines_.push_back(feed + 1);
}

std::size_t TextPlaces::at(const Place& place) const {
  std::size_t at = lines_[std::min<std::size_t>(place.line, lines_.size()) - 1];
  for (unsigned column = 1; column < place.column && at < text_.size(); ++column) {
    ++at;
    while (at < text_.size() && is_continuation(text_[at])) ++at;
  }
  return at;
}

std::size_t TextPlaces::line_begin(std::size_t at) const {
  return *std::prev(std::upper_bound(lines_.begin(), lines_.end(), at));
}

std::size_t TextPlaces::line_end(std::size_t at) const {
  const auto feed = std::min(text_.find('\n', at), text_.size());
  return feed > at && feed < text_.size() && text_[feed - 1] == '\r' ? feed - 1 : feed;
}

std::size_t TextPlaces::next_line(std::size_t at) const {
  const auto feed = text_.find('\n', at);
  return feed == std::string_view::npos ? text_.size() : feed + 1;
}

bool TextPlaces::is_first_on_line(std::size_t at) const {
  return past_blanks(line_begin(at)) == at;
}

std::string_view TextPlaces::indentation(std::size_t at) const {
  const std::size_t begin = line_begin(at);
  return text_.substr(begin, past_blanks(begin) - begin);
}

std::size_t TextPlaces::past_blanks(std::size_t at) const {
  while (at < text_.size() && is_blank(text_[at])) ++at;
  return at;
}

std::size_t TextPlaces::past_space(std::size_t at) const {
  while (at < text_.size()) {
    if (text_[at] == '#')
      at = line_end(at);
    else if (is_blank(text_[at]) || text_[at] == '\n' || text_[at] == '\r')
      ++at;
    else
      break;
  }
  return at;
}

}  // namespace store
