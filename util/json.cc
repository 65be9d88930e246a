// SPDX-License-Identifier: BSD-2-Clause
#include "util/json.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace util {

using Ordered = nlohmann::ordered_json;

struct Json::Value {
  Ordered json;
};

namespace {

// ASCII alone: what a terminal takes as a command (the controls from 0x7F to 0x9F), or what
// turns the direction of a text, can't stand in it.
std::string dumped(const Ordered& json, int indent) {
  constexpr bool ascii = true;
  return json.dump(indent, ' ', ascii, Ordered::error_handler_t::replace);
}

}  // namespace

Json::Json() : value_(std::make_unique<Value>()) {}
Json::Json(bool value) : Json() { value_->json = value; }
Json::Json(std::int64_t value) : Json() { value_->json = value; }
Json::Json(std::string_view value) : Json() { value_->json = std::string(value); }
Json::Json(const Json& other) : value_(std::make_unique<Value>(*other.value_)) {}
Json::Json(Json&& other) noexcept : value_(std::move(other.value_)) {}
Json& Json::operator=(Json other) noexcept {
  value_ = std::move(other.value_);
  return *this;
}
Json::~Json() = default;

Json Json::object() {
  Json json;
  json.value_->json = Ordered::object();
  return json;
}

Json Json::array() {
  Json json;
  json.value_->json = Ordered::array();
  return json;
}

Json& Json::set(std::string_view key, Json value) {
  value_->json[std::string(key)] = std::move(value.value_->json);
  return *this;
}

Json& Json::add(Json value) {
  value_->json.push_back(std::move(value.value_->json));
  return *this;
}

std::string Json::line() const { return dumped(value_->json, -1); }
std::string Json::pretty() const { return dumped(value_->json, 2); }

}  // namespace util
