// SPDX-License-Identifier: BSD-2-Clause
// JSON (RFC 8259) as it is written, by nlohmann-json; the only file pair that knows it.
// Text that is no UTF-8 is written with U+FFFD in place of what is wrong, so a line is
// always valid. Reading is json_reader.h's. Not thread-safe; values.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace util {

// A JSON value. Members keep the order in which they were set.
class Json {
 public:
  static Json object();
  static Json array();
  Json();  // null
  Json(bool value);
  Json(std::int64_t value);
  Json(std::string_view value);
  Json(const std::string& value) : Json(std::string_view(value)) {}
  Json(const char* value) : Json(std::string_view(value)) {}
  Json(const Json&);
  Json(Json&&) noexcept;
  Json& operator=(Json) noexcept;
  ~Json();

  Json& set(std::string_view key, Json value);  // of an object
  Json& add(Json value);                        // to an array
  std::string line() const;                     // on one line, without its end
  std::string pretty() const;

 private:
  struct Value;
  std::unique_ptr<Value> value_;
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
