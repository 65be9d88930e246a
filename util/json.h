// SPDX-License-Identifier: BSD-2-Clause
// JSON (RFC 8259) as it is written: a value is its text so far, so that a record costs a few
// appends and no tree. Plain ASCII: what a terminal takes as a command (the controls from 0x7F to
// 0x9F), or what turns the direction of a text, is escaped; text that is no UTF-8 is written with
// U+FFFD in place of what is wrong. Escaping is nlohmann-json's; no other file pair knows it.
// Reading is json_reader.h's. Not thread-safe; values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace util {

// A JSON value. Members keep the order in which they were set; each is set once.
class Json {
 public:
  // Room for so many octets is made at once.
  static Json object(std::size_t expected = 128) { return {Kind::object, expected}; }
  static Json array() { return {Kind::array, 0}; }
  Json() = default;  // null
  Json(bool value) : text_() { append(value); }
  Json(std::int64_t value) : text_() { append(value); }
  Json(std::string_view value) : text_() { append(value); }
  Json(const std::string& value) : Json(std::string_view(value)) {}
  Json(const char* value) : Json(std::string_view(value)) {}

  // Of an object.
  template <class Value>
  Json& set(std::string_view key, const Value& value) & {
    begin(key);
    append(value);
    return *this;
  }
  template <class Value>
  Json&& set(std::string_view key, const Value& value) && {
    return std::move(set(key, value));
  }
  Json& add(const Json& value) &;  // to an array
  // On one line, without its end.
  std::string line() const { return text_ + std::string(end()); }
  std::string pretty() const;

 private:
  enum class Kind { leaf, array, object };
  Json(Kind kind, std::size_t expected) : kind_(kind), text_() {
    text_.reserve(expected);
    text_.push_back(kind == Kind::object ? '{' : '[');
  }
  void next();
  void begin(std::string_view key);
  std::string_view end() const;  // of an array or object
  void append(const Json& value) { text_.append(value.text_).append(value.end()); }
  void append(bool value) { text_ += value ? "true" : "false"; }
  void append(std::int64_t value) { text_ += std::to_string(value); }
  void append(std::string_view value);
  void append(const std::string& value) { append(std::string_view(value)); }
  void append(const char* value) { append(std::string_view(value)); }

  Kind kind_ = Kind::leaf;
  std::string text_ = "null";  // of an array or object without its end
};

// An array of what `convert` makes of each value.
template <class Values, class Convert>
Json json_list(const Values& values, Convert convert) {
  Json all = Json::array();
  for (const auto& value : values) all.add(convert(value));
  return all;
}
template <class Values>
Json json_list(const Values& values) {
  return json_list(values, [](const auto& value) { return Json(value); });
}

}  // namespace util
