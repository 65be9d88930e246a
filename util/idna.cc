// SPDX-License-Identifier: BSD-2-Clause
#include "util/idna.h"

#include <idn2.h>

#include "util/handle.h"
#include "util/text.h"

namespace util {

namespace {

constexpr std::size_t max_label = 63;  // RFC 1035 2.3.4
constexpr std::size_t max_name = 253;
constexpr int flags = IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT;

using Text = Handle<char, idn2_free>;

std::optional<std::string> to_ascii(const std::string& label) {
  char* output = nullptr;
  if (idn2_to_ascii_8z(label.c_str(), &output, flags) != IDN2_OK) return std::nullopt;
  return std::string(Text(output).get());
}

std::optional<std::string> to_unicode(const std::string& label) {
  char* output = nullptr;
  if (idn2_to_unicode_8z8z(label.c_str(), &output, flags) != IDN2_OK) return std::nullopt;
  return std::string(Text(output).get());
}

// There and back: a label that comes back otherwise was mapped on the way.
std::optional<std::string> a_label(const std::string& label) {
  if (label.empty() || label.find('\0') != std::string::npos) return std::nullopt;
  if (!is_ascii(label)) {
    auto ascii = to_ascii(label);
    if (!ascii || to_unicode(*ascii) != label) return std::nullopt;
    return ascii;
  }
  if (label.starts_with(ace_prefix)) {
    const auto unicode = to_unicode(label);
    if (!unicode || is_ascii(*unicode) || to_ascii(*unicode) != label) return std::nullopt;
  }
  return label;
}

// Whether nothing is to be converted: in lower case, ASCII without A-labels.
bool is_plain(std::string_view name) {
  return is_ascii(name) && name.find(ace_prefix) == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

// Label by label.
std::optional<std::string> converted(std::string_view lower) {
  std::string result;
  for (const std::string_view part : split(lower, '.')) {
    const auto label = a_label(std::string(part));
    if (!label) return std::nullopt;
    if (!result.empty()) result.push_back('.');
    result += *label;
  }
  return result;
}

bool has_good_labels(std::string_view name) {
  for (;;) {
    const auto dot = name.find('.');
    const std::string_view label = name.substr(0, dot);
    if (label.empty() || label.size() > max_label) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

}  // namespace

std::optional<std::string> a_labels(std::string_view name) {
  auto ascii = std::make_optional(ascii_lower(name));
  if (!is_plain(*ascii)) ascii = converted(*ascii);
  if (!ascii || ascii->size() > max_name || !has_good_labels(*ascii)) return std::nullopt;
  return ascii;
}

std::optional<std::string> lookup_form(std::string_view name) {
  return is_ascii(name) ? std::optional(ascii_lower(name)) : a_labels(name);
}

}  // namespace util
