// SPDX-License-Identifier: BSD-2-Clause
#include "util/json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace util {

// Arrays and objects are kept here: the library's need memory to be destroyed, and where
// there is none the process ends.
struct Json::Value {
  enum class Kind { leaf, array, object };
  Kind kind = Kind::leaf;
  std::string text = "null";                        // a leaf, as it is written
  std::vector<std::pair<std::string, Json>> items;  // keys as they are written; "" in an array

  void write(std::string& to, bool is_pretty, std::size_t depth) const;
};

namespace {

constexpr std::size_t indent = 2;

// ASCII alone: what a terminal takes as a command (the controls from 0x7F to 0x9F), or what
// turns the direction of a text, can't stand in it.
std::string written(std::string_view text) {
  // Nearly all that is written is plain; the library's way costs a dozen allocations.
  const bool is_plain = std::all_of(text.begin(), text.end(), [](char c) {
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
  });
  if (is_plain) return std::string(1, '"').append(text).append(1, '"');
  using Leaf = nlohmann::json;
  constexpr bool ascii = true;
  return Leaf(text).dump(-1, ' ', ascii, Leaf::error_handler_t::replace);
}

void begin_line(std::string& to, bool is_pretty, std::size_t depth) {
  if (is_pretty) to.append(1, '\n').append(depth * indent, ' ');
}

}  // namespace

void Json::Value::write(std::string& to, bool is_pretty, std::size_t depth) const {
  if (kind == Kind::leaf) {
    to += text;
    return;
  }
  to += kind == Kind::object ? '{' : '[';
  for (const auto& [key, item] : items) {
    if (&item != &items.front().second) to += ',';
    begin_line(to, is_pretty, depth + 1);
    if (kind == Kind::object) to.append(key).append(is_pretty ? ": " : ":");
    item.value_->write(to, is_pretty, depth + 1);
  }
  if (!items.empty()) begin_line(to, is_pretty, depth);
  to += kind == Kind::object ? '}' : ']';
}

Json::Json() : value_(std::make_unique<Value>()) {}
Json::Json(bool value) : Json() { value_->text = value ? "true" : "false"; }
Json::Json(std::int64_t value) : Json() { value_->text = std::to_string(value); }
Json::Json(std::string_view value) : Json() { value_->text = written(value); }
Json::Json(const Json& other) : value_(std::make_unique<Value>(*other.value_)) {}
Json::Json(Json&& other) noexcept : value_(std::move(other.value_)) {}
Json& Json::operator=(Json other) noexcept {
  value_ = std::move(other.value_);
  return *this;
}
Json::~Json() = default;

Json Json::object() {
  Json json;
  json.value_->kind = Value::Kind::object;
  return json;
}

Json Json::array() {
  Json json;
  json.value_->kind = Value::Kind::array;
  return json;
}

Json& Json::set(std::string_view key, Json value) {
  auto& items = value_->items;
  std::string name = written(key);
  const auto known = std::find_if(items.begin(), items.end(),
                                  [&](const auto& item) { return item.first == name; });
  if (known != items.end())
    known->second = std::move(value);
  else
    items.emplace_back(std::move(name), std::move(value));
  return *this;
}

Json& Json::add(Json value) {
  value_->items.emplace_back("", std::move(value));
  return *this;
}

std::string Json::line() const {
  std::string text;
  value_->write(text, false, 0);
  return text;
}

std::string Json::pretty() const {
  std::string text;
  value_->write(text, true, 0);
  return text;
}

}  // namespace util
