// SPDX-License-Identifier: BSD-2-Clause
// A value or an error. Errors are values here; exceptions end at the edge of a
// program (main, a libmilter callback). A value header: no dependencies.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace util {

// What went wrong, for a person: names the place and what was expected.
struct Error {
  std::string text;
  int exit_code = 0;  // of sysexits.h where the error can end a program, else 0
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::move(value)) {}
  Result(Error error) : held_(std::move(error)) {}

  explicit operator bool() const { return held_.index() == 0; }
  T& operator*() { return std::get<0>(held_); }
  const T& operator*() const { return std::get<0>(held_); }
  T* operator->() { return &std::get<0>(held_); }
  const T* operator->() const { return &std::get<0>(held_); }
  const Error& error() const { return std::get<1>(held_); }

 private:
  std::variant<T, Error> held_;
};

struct Done {};
using Status = Result<Done>;

}  // namespace util
