// SPDX-License-Identifier: BSD-2-Clause
// Elements put into and taken out of a TOML array, as a person would write it: on lines
// of their own where the others are, comments beside others left alone. Internal to
// policy/store/. Pure.
#pragma once

#include <string>
#include <vector>

#include "policy/store/document.h"
#include "policy/store/text_places.h"

namespace store {

// Bytes of a text that are to be replaced.
struct Splice {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string with;
};

std::string spliced(std::string_view text, std::vector<Splice> splices);

// Splices that put `element` behind the last one of the array.
std::vector<Splice> appended(std::string_view text, const TextPlaces& places, const Node& array,
                             const std::string& element);
// Those that take an element out, with its comma and a comment on its own line.
std::vector<Splice> removed(std::string_view text, const TextPlaces& places, const Node& array,
                            std::size_t index);

}  // namespace store
