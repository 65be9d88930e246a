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
T& in(Handle& handle) {
  static_assert(sizeof(T) <= sizeof handle.bytes && alignof(T) <= alignof(Handle));
  static_assert(std::is_trivially_copyable_v<T>);
  return *std::launder(reinterpret_cast<T*>(handle.bytes.data()));
}
template <class T, class Handle>
const T& in(const Handle& handle) {
  return in<const T>(const_cast<Handle&>(handle));
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

bool JsonReader::read(std::string_view text) { return parse(text, true); }

bool JsonReader::read_padded(std::string_view text) {
  static_assert(padding >= simdjson::SIMDJSON_PADDING);
  return parse(text, false);
}

bool JsonReader::parse(std::string_view text, bool is_copied) {
  root_ = {};
  element root;
  if (parser_->parser.parse(text.data(), text.size(), is_copied).get(root) != simdjson::SUCCESS)
    return false;
  put(root_.element_, root);
  root_.is_there_ = true;
  return true;
}

JsonValue JsonValue::at(std::string_view key) const {
  if (!has_next_) {
    object members;
    if (!is_there_ || in<element>(element_).get(members) != simdjson::SUCCESS) return {};
    put(next_, members.begin());
    put(end_, members.end());
    has_next_ = true;
  }
  auto& member = in<object::iterator>(next_);
  const auto& end = in<object::iterator>(end_);
  if (member != end && member.key_equals(key)) return taken();
  return found(key);
}

// The member at `next_`, and past it.
JsonValue JsonValue::taken() const {
  JsonValue value;
  auto& member = in<object::iterator>(next_);
  put(value.element_, member.value());
  value.is_there_ = true;
  ++member;
  return value;
}

// From there on to the end, then from the beginning.
JsonValue JsonValue::found(std::string_view key) const {
  auto& member = in<object::iterator>(next_);
  const auto end = in<object::iterator>(end_);
  const auto asked_at = member;
  for (; member != end; ++member) {
    if (member.key_equals(key)) return taken();
  }
  member = object(in<element>(element_)).begin();
  for (; member != asked_at; ++member) {
    if (member.key_equals(key)) return taken();
  }
  return {};
}

std::vector<JsonValue> JsonValue::elements() const {
  std::vector<JsonValue> all;
  simdjson::dom::array array;
  if (!is_there_ || in<element>(element_).get(array) != simdjson::SUCCESS) return all;
  all.reserve(array.size());
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
