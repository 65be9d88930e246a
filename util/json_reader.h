// SPDX-License-Identifier: BSD-2-Clause
// JSON (RFC 8259) as it is read, by simdjson; the only file pair that knows it. Made for
// many lines: a reader keeps its memory, values are views into it. A reader and its values
// belong to one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace util {

// A value of the text that was read last; null where there is none.
class JsonValue {
 public:
  // A member, or null where there is none. Members that are asked for in the order in
  // which they stand are found at once.
  JsonValue at(std::string_view key) const;
  std::vector<JsonValue> elements() const;     // of an array
  std::vector<std::string_view> keys() const;  // of an object, in order
  bool is_null() const;
  bool is_object() const;
  // The value, or the default where it is of another type, or no whole number of 64 bits.
  std::string_view text(std::string_view otherwise = "") const;
  std::int64_t number(std::int64_t otherwise = 0) const;
  bool truth(bool otherwise = false) const;

 private:
  friend class JsonReader;
  // Two of simdjson's handles, whose types stand in no header of ours.
  struct alignas(void*) Handle {
    std::array<std::byte, 2 * sizeof(void*)> bytes;
  };
  JsonValue taken() const;
  JsonValue found(std::string_view key) const;

  bool is_there_ = false;
  mutable bool has_next_ = false;
  Handle element_;
  mutable Handle next_;  // of an object: where the next member is looked for first
  mutable Handle end_;
};

class JsonReader {
 public:
  JsonReader();
  JsonReader(JsonReader&&) noexcept;
  JsonReader& operator=(JsonReader&&) noexcept;
  ~JsonReader();

  // False where the text is no JSON; values of the text before are gone either way.
  bool read(std::string_view text);
  // The same where at least `padding` bytes behind the text can be read: it is not copied.
  static constexpr std::size_t padding = 64;
  bool read_padded(std::string_view text);
  const JsonValue& root() const { return root_; }

 private:
  struct Parser;
  bool parse(std::string_view text, bool is_copied);

  std::unique_ptr<Parser> parser_;
  JsonValue root_;
};

}  // namespace util
