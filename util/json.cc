// SPDX-License-Identifier: BSD-2-Clause
#include "util/json.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

namespace util {

using Ordered = nlohmann::ordered_json;

struct Json::Value {
  Ordered json;
};

namespace {

std::string dumped(const Ordered& json, int indent) {
  return json.dump(indent, ' ', false, Ordered::error_handler_t::replace);
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

std::optional<Json> Json::parse(std::string_view text) {
  // The library takes a NUL for the end of the text.
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  Ordered parsed = Ordered::parse(text, nullptr, false);
  if (parsed.is_discarded()) return std::nullopt;
  Json json;
  json.value_->json = std::move(parsed);
  return json;
}

Json Json::at(std::string_view key) const {
  Json member;
  if (!value_->json.is_object()) return member;
  const auto found = value_->json.find(std::string(key));
  if (found != value_->json.end()) member.value_->json = *found;
  return member;
}

std::vector<Json> Json::elements() const {
  std::vector<Json> all;
  if (!value_->json.is_array()) return all;
  for (const Ordered& element : value_->json) {
    all.emplace_back();
    all.back().value_->json = element;
  }
  return all;
}

std::vector<std::string> Json::keys() const {
  std::vector<std::string> all;
  if (!value_->json.is_object()) return all;
  for (const auto& [key, member] : value_->json.items()) all.push_back(key);
  return all;
}

bool Json::is_null() const { return value_->json.is_null(); }

std::string Json::text(std::string_view otherwise) const {
  return value_->json.is_string() ? value_->json.get<std::string>() : std::string(otherwise);
}

std::int64_t Json::number(std::int64_t otherwise) const {
  const Ordered& json = value_->json;
  const bool is_too_large =
      json.is_number_unsigned() &&
      json.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()};
  return json.is_number_integer() && !is_too_large ? json.get<std::int64_t>() : otherwise;
}

bool Json::truth(bool otherwise) const {
  return value_->json.is_boolean() ? value_->json.get<bool>() : otherwise;
}

}  // namespace util
