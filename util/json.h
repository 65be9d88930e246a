// SPDX-License-Identifier: BSD-2-Clause
// JSON (RFC 8259), by nlohmann-json; the only file pair that knows it. Text that is
// no UTF-8 is written with U+FFFD in place of what is wrong, so a line is always
// valid. Not thread-safe; values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

  // Nothing where the text is no JSON.
  static std::optional<Json> parse(std::string_view text);
  // A member, or null where there is none; element by element for arrays.
  Json at(std::string_view key) const;
  std::vector<Json> elements() const;
  std::vector<std::string> keys() const;  // of an object, in order
  bool is_null() const;
  // The value, or the default where it is of another type.
  std::string text(std::string_view otherwise = "") const;
  std::int64_t number(std::int64_t otherwise = 0) const;
  bool truth(bool otherwise = false) const;

 private:
  struct Value;
  std::unique_ptr<Value> value_;
};

}  // namespace util
