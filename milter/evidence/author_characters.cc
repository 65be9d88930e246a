// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/author_characters.h"

#include <algorithm>
#include <array>

#include "util/utf8.h"

namespace evidence {

namespace {

bool is_ascii_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// The controls of Unicode, and its ends of lines, at which some readers cut.
bool is_unicode_control(char32_t point) {
  return (point >= 0x80 && point <= 0x9f) || point == 0x2028 || point == 0x2029;
}

struct Range {
  char32_t first;
  char32_t last;
};

// In order. Unicode 15: Bidi_Control, Default_Ignorable_Code_Point and spaces; characters whose
// compatibility form (NFKC) has a special of ASCII, and the full stops that UTS 46 maps to a dot.
constexpr std::array<Range, 27> misleading{{
    {0x00a0, 0x00a0},    // no-break space
    {0x00ad, 0x00ad},    // soft hyphen
    {0x034f, 0x034f},    // combining grapheme joiner
    {0x061c, 0x061c},    // Arabic letter mark
    {0x115f, 0x1160},    // Hangul fillers
    {0x1680, 0x1680},    // Ogham space
    {0x17b4, 0x17b5},    // Khmer inherent vowels
    {0x180b, 0x180f},    // Mongolian variation selectors, vowel separator
    {0x2000, 0x200f},    // spaces, zero-width characters, direction marks
    {0x2024, 0x2026},    // leaders of one, two and three dots
    {0x202a, 0x202f},    // embeddings and overrides of the direction, narrow space
    {0x2047, 0x2049},    // double question and exclamation marks
    {0x205f, 0x206f},    // spaces, invisible operators, isolates of the direction
    {0x2100, 0x2101},    // a/c, a/s
    {0x2105, 0x2106},    // c/o, c/u
    {0x3000, 0x3002},    // ideographic space, comma and full stop
    {0x3164, 0x3164},    // Hangul filler
    {0xfe00, 0xfe19},    // variation selectors, vertical forms
    {0xfe30, 0xfe6b},    // compatibility and small forms
    {0xfeff, 0xfeff},    // zero-width no-break space
    {0xff01, 0xff0f},    // full-width ! to /
    {0xff1a, 0xff20},    // full-width : to @
    {0xff3b, 0xff40},    // full-width [ to `
    {0xff5b, 0xff65},    // full-width { to ~, half-width punctuation
    {0xffa0, 0xffa0},    // half-width Hangul filler
    {0xfff0, 0xfffd},    // specials
    {0xe0000, 0xe0fff},  // tags
}};

bool is_misleading(char32_t point) {
  const auto range =
      std::lower_bound(misleading.begin(), misleading.end(), point,
                       [](const Range& one, char32_t value) { return one.last < value; });
  return range != misleading.end() && range->first <= point;
}

}  // namespace

std::string character_fault(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (is_ascii_control(c) && c != '\t') return "control character";
    const auto point = util::next_code_point(text, at);
    if (!point) return "8-bit that is no UTF-8";
    if (is_unicode_control(*point)) return "control character";
  }
  return "";
}

bool has_misleading_character(std::string_view local_part) {
  for (std::size_t at = 0; at < local_part.size();) {
    const auto point = util::next_code_point(local_part, at);
    if (!point || is_misleading(*point)) return true;
  }
  return false;
}

}  // namespace evidence
