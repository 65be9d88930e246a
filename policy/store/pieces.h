// SPDX-License-Identifier: BSD-2-Clause
// A large policy in pieces, each parsed and read by itself and several at once: what comes
// of it is what the whole would give, sooner and with less memory. Internal to policy/store/.
//
// Each piece but the first begins with a line "[[sender]]". Where such a line is no header
// (in a text or a list of several lines), the piece before it has no end to that text or
// list, which is a syntax error.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "policy/store/read_policy.h"

namespace store {

struct Piece {
  std::string_view text;
  unsigned lines_before = 0;
};

// What stands before the first sender, then pieces of `size` bytes (at least one) or more.
std::vector<Piece> cut(std::string_view text, std::size_t size);

// Nothing, and nothing reported, where the text has to be read as a whole: one that is
// short, has a syntax error, or is written otherwise than all the rest before the senders.
std::optional<Draft> read_in_pieces(Reader& reader, std::string_view text, const Platforms& known,
                                    std::size_t size);

// load_toml of store.h by pieces of this size.
Loaded load_toml(std::string_view text, const std::string& file, const LoadOptions& options,
                 std::size_t piece_size);

}  // namespace store
