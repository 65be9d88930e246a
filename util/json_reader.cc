// SPDX-License-Identifier: BSD-2-Clause
#include "util/json_reader.h"

#include <simdjson.h>

#include <cstring>
#include <new>

namespace util {

namespace {

using simdjson::dom::element;
using simdjson::dom::object;

template <class T, class Handle>
const T& in(const Handle& handle) {
  static_assert(sizeof(T) <= sizeof handle.bytes && alignof(T) <= alignof(Handle));
  static_assert(std::is_trivially_copyable_v<T>);
  return *std::launder(reinterpret_cast<const T*>(handle.bytes.data()));
}

template <class T, class Handle>
void put(Handle& handle, const T& value) {
  new (handle.bytes.data()) T(value);
}

}  // namespace

struct JsonReader::Parser {
  simdjson::dom::parser parser;
};

JsonReader::JsonReader() : parser_(std::make_unique<Parser>()) {}
JsonReader::JsonReader(JsonReader&&) noexcept = default;
JsonReader& JsonReader::operator=(JsonReader&&) noexcept = default;
JsonReader::~JsonReader() = default;

bool JsonReader::read(std::string_view text) {
  root_ = {};
  element root;
  if (parser_->parser.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS) return false;
  put(root_.element_, root);
  root_.is_there_ = true;
  return true;
}

JsonValue JsonValue::at(std::string_view key) const {
  JsonValue found;
  object members;
  if (!is_there_ || in<element>(element_).get(members) != simdjson::SUCCESS) return found;
  const auto end = members.end();
  auto look = [&](object::iterator from, const object::iterator& to) {
    for (auto member = from; member != to; ++member) {
      if (!member.key_equals(key)) continue;
      put(found.element_, member.value());
      found.is_there_ = true;
      put(next_, ++member);
      has_next_ = true;
      return true;
    }
    return false;
  };
  const auto next = has_next_ ? in<object::iterator>(next_) : members.begin();
  if (!look(next, end)) look(members.begin(), next);
  return found;
}

std::vector<JsonValue> JsonValue::elements() const {
  std::vector<JsonValue> all;
  simdjson::dom::array array;
  if (!is_there_ || in<element>(element_).get(array) != simdjson::SUCCESS) return all;
  for (const element one : array) {
    put(all.emplace_back().element_, one);
    all.back().is_there_ = true;
  }
  return all;
}

std::vector<std::string_view> JsonValue::keys() const {
  std::vector<std::string_view> all;
  object members;
  if (!is_there_ || in<element>(element_).get(members) != simdjson::SUCCESS) return all;
  for (const auto& member : members) all.push_back(member.key);
  return all;
}

bool JsonValue::is_null() const { return !is_there_ || in<element>(element_).is_null(); }

bool JsonValue::is_object() const { return is_there_ && in<element>(element_).is_object(); }

std::string_view JsonValue::text(std::string_view otherwise) const {
  std::string_view value;
  const bool is_text = is_there_ && in<element>(element_).get(value) == simdjson::SUCCESS;
  return is_text ? value : otherwise;
}

std::int64_t JsonValue::number(std::int64_t otherwise) const {
  std::int64_t value = 0;
  const bool is_number = is_there_ && in<element>(element_).get(value) == simdjson::SUCCESS;
  return is_number ? value : otherwise;
}

bool JsonValue::truth(bool otherwise) const {
  bool value = false;
  const bool is_truth = is_there_ && in<element>(element_).get(value) == simdjson::SUCCESS;
  return is_truth ? value : otherwise;
}

}  // namespace util
