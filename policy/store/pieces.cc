// SPDX-License-Identifier: BSD-2-Clause
#include "policy/store/pieces.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <span>

#include "util/parallel.h"

namespace store {

namespace {

constexpr std::string_view header = "[[sender]]";

// Where the next line begins that starts with the header, from `start` on; else the end.
std::size_t next_header(std::string_view text, std::size_t start) {
  for (auto found = text.find(header, start); found != std::string_view::npos;
       found = text.find(header, found + 1)) {
    if (found == 0 || text[found - 1] == '\n') return found;
  }
  return text.size();
}

unsigned lines_of(std::string_view text) {
  return static_cast<unsigned>(std::count(text.begin(), text.end(), '\n'));
}

bool holds_senders_alone(const Node& root) {
  return std::all_of(root.members.begin(), root.members.end(),
                     [](const Member& member) { return member.key == "sender"; });
}

struct ReadPiece {
  std::vector<SenderDraft> senders;
  std::vector<Finding> findings;
};

// Nothing where the piece can't stand by itself.
std::optional<ReadPiece> read_piece(const std::string& file, const Piece& piece,
                                    const Platforms& platforms) {
  const Document document = parse_toml(piece.text, piece.lines_before);
  if (!document.root || !holds_senders_alone(*document.root)) return std::nullopt;
  Reader reader(file);
  ReadPiece read;
  read.senders = read_senders(reader, *document.root, platforms);
  read.findings = reader.take_findings();
  return read;
}

// As many as there are pieces, or none.
std::vector<ReadPiece> read_each(const std::string& file, std::span<const Piece> pieces,
                                 const Platforms& platforms) {
  std::vector<ReadPiece> all(pieces.size());
  std::atomic<bool> is_sound = true;
  util::in_parallel(pieces.size(), [&](std::size_t i) {
    if (!is_sound) return;
    if (auto read = read_piece(file, pieces[i], platforms))
      all[i] = std::move(*read);
    else
      is_sound = false;
  });
  if (!is_sound) all.clear();
  return all;
}

std::vector<SenderDraft> joined(Reader& reader, std::vector<ReadPiece> pieces) {
  std::size_t count = 0;
  for (const ReadPiece& piece : pieces) count += piece.senders.size();
  std::vector<SenderDraft> senders;
  senders.reserve(count);
  for (ReadPiece& piece : pieces) {
    std::move(piece.senders.begin(), piece.senders.end(), std::back_inserter(senders));
    reader.add_findings(std::move(piece.findings));
    piece = {};
  }
  return senders;
}

}  // namespace

std::vector<Piece> cut(std::string_view text, std::size_t size) {
  std::size_t end = next_header(text, 0);
  std::vector<Piece> pieces{{text.substr(0, end), 0}};
  while (end < text.size()) {
    const Piece& last = pieces.back();
    const unsigned lines = last.lines_before + lines_of(last.text);
    const std::size_t start = end;
    end = next_header(text, std::min(start + size, text.size()));
    pieces.push_back({text.substr(start, end - start), lines});
  }
  return pieces;
}

std::optional<Draft> read_in_pieces(Reader& reader, std::string_view text, const Platforms& known,
                                    std::size_t size) {
  if (text.size() <= size) return std::nullopt;
  const std::vector<Piece> pieces = cut(text, size);
  if (pieces.size() == 1) return std::nullopt;
  const Document first = parse_toml(pieces.front().text);
  if (!first.root || first.root->find("sender") != nullptr) return std::nullopt;
  Reader own(reader.file());
  Draft draft = read_common_part(own, *first.root, known);
  auto rest = read_each(reader.file(), std::span(pieces).subspan(1), draft.platforms);
  if (rest.size() + 1 != pieces.size()) return std::nullopt;
  draft.senders = joined(own, std::move(rest));
  reader.add_findings(own.take_findings());
  return draft;
}

}  // namespace store
