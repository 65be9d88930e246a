// SPDX-License-Identifier: BSD-2-Clause
#include "policy/store/text_list.h"

#include <algorithm>

namespace store {

namespace {

// One array in its text, by bytes.
class List {
 public:
  List(std::string_view text, const TextPlaces& places, const Node& array)
      : text_(text), places_(places), array_(array) {}

  std::size_t begin(std::size_t i) const { return places_.at(array_.elements[i].at); }
  std::size_t end(std::size_t i) const { return places_.at(array_.elements[i].end); }
  std::size_t bracket() const { return places_.at(array_.at); }
  std::size_t close() const { return places_.at(array_.end) - 1; }
  std::size_t size() const { return array_.elements.size(); }

  // Where the comma behind an element stands; npos where none.
  std::size_t comma_after(std::size_t i) const {
    const std::size_t at = places_.past_space(end(i));
    return at < text_.size() && text_[at] == ',' ? at : std::string_view::npos;
  }
  // From there only white space or a comment to the end of the line.
  bool ends_line(std::size_t at) const {
    const std::size_t next = places_.past_blanks(at);
    return next == text_.size() || text_[next] == '#' || text_[next] == '\r' || text_[next] == '\n';
  }
  bool has_comment(std::size_t from, std::size_t to) const {
    return text_.substr(from, to - from).find('#') != std::string_view::npos;
  }
  std::string indented_line(std::size_t like) const {
    return std::string(places_.newline()) + std::string(places_.indentation(like));
  }

  std::string_view text() const { return text_; }
  const TextPlaces& places() const { return places_; }

 private:
  std::string_view text_;
  const TextPlaces& places_;
  const Node& array_;
};

std::vector<Splice> into_empty(const List& list, const std::string& element) {
  const std::size_t inside = list.bracket() + 1;
  const std::string_view between = list.text().substr(inside, list.close() - inside);
  if (between.find('\n') == std::string_view::npos || between.find('#') != std::string_view::npos)
    return {{inside, list.places().past_blanks(inside), element}};
  const std::string line = list.indented_line(list.bracket());
  return {{inside, list.close(), line + "  " + element + "," + line}};
}

}  // namespace

std::string spliced(std::string_view text, std::vector<Splice> splices) {
  std::stable_sort(splices.begin(), splices.end(),
                   [](const Splice& a, const Splice& b) { return a.begin < b.begin; });
  std::string result;
  std::size_t at = 0;
  for (const Splice& one : splices) {
    result += text.substr(at, one.begin - at);
    result += one.with;
    at = one.end;
  }
  return result += text.substr(at);
}

std::vector<Splice> appended(std::string_view text, const TextPlaces& places, const Node& array,
                             const std::string& element) {
  const List list(text, places, array);
  if (list.size() == 0) return into_empty(list, element);
  const std::size_t last = list.size() - 1;
  const std::size_t end = list.end(last);
  const std::size_t comma = list.comma_after(last);
  const bool has_comma = comma != std::string_view::npos;
  const std::size_t past = has_comma ? comma + 1 : end;
  if (!places.is_first_on_line(list.begin(last)))
    return {{past, past, has_comma ? " " + element + "," : ", " + element}};
  const std::string line = list.indented_line(list.begin(last));
  if (!list.ends_line(past))  // the bracket, or the comma and it, stand on its line
    return {{past, past, has_comma ? line + element + "," : "," + line + element}};
  const std::size_t line_end = places.line_end(past);
  if (has_comma) return {{line_end, line_end, line + element + ","}};
  return {{end, end, ","}, {line_end, line_end, line + element}};
}

std::vector<Splice> removed(std::string_view text, const TextPlaces& places, const Node& array,
                            std::size_t index) {
  const List list(text, places, array);
  const std::size_t begin = list.begin(index);
  const std::size_t end = list.end(index);
  const std::size_t comma = list.comma_after(index);
  const bool has_comma = comma != std::string_view::npos;
  const std::size_t past = has_comma ? comma + 1 : end;
  // A comment between an element and its comma stays.
  if (has_comma && list.has_comment(end, comma)) return {{begin, end, ""}, {comma, comma + 1, ""}};
  if (places.is_first_on_line(begin) && list.ends_line(past) && places.next_line(past) > past)
    return {{places.line_begin(begin), places.next_line(past), ""}};
  if (has_comma) {
    std::size_t next = places.past_blanks(past);
    // What follows on the next line takes its place.
    if (list.ends_line(past) && text[next] != '#')
      next = places.past_blanks(places.next_line(past));
    return {{begin, next, ""}};
  }
  if (index == 0) return {{begin, end, ""}};
  const std::size_t before = list.comma_after(index - 1);
  if (list.has_comment(before, begin)) return {{begin, end, ""}};
  return {{before, end, ""}};
}

}  // namespace store
