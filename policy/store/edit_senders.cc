// SPDX-License-Identifier: BSD-2-Clause
// Senders added to and removed from a policy text.
#include <algorithm>

#include "policy/store/edit_check.h"
#include "policy/store/text_list.h"
#include "util/format.h"

namespace store {

namespace {

using util::format;
using util::Result;

constexpr int exit_data = 65;

std::string list_line(std::string_view key, const std::vector<std::string>& written) {
  if (written.empty()) return "";
  std::string text;
  for (const std::string& one : written) text += (text.empty() ? "" : ", ") + one;
  return format("{} = [{}]\n", key, text);
}

std::vector<std::string> all_quoted(const std::vector<std::string>& texts) {
  std::vector<std::string> all;
  for (const std::string& text : texts) all.push_back(quoted(text));
  return all;
}

std::string block_of(const SenderEntry& entry) {
  std::vector<std::string> tenants;
  for (const TenantEntry& one : entry.tenants) tenants.push_back(written(one));
  std::string text = format("[[sender]]\nname = {}\n", quoted(entry.name));
  text += list_line("domains", all_quoted(entry.domains));
  text += list_line("tenants", tenants);
  text += list_line("networks", all_quoted(entry.networks));
  text += list_line("logins", all_quoted(entry.logins));
  for (const auto& [key, value] : entry.words)
    text += format("{} = {}\n", key, value == "true" || value == "false" ? value : quoted(value));
  return text;
}

std::string with_newlines(const std::string& text, std::string_view newline) {
  if (newline == "\n") return text;
  std::string result;
  for (const char c : text) result += c == '\n' ? std::string(newline) : std::string(1, c);
  return result;
}

// The last place of a table and of all below it.
Place last_of(const Node& node) {
  Place last = node.end;
  auto reach = [&](const Node& below) {
    const Place end = last_of(below);
    if (std::pair(end.line, end.column) > std::pair(last.line, last.column)) last = end;
  };
  for (const Member& member : node.members) reach(member.value);
  for (const Node& element : node.elements) reach(element);
  return last;
}

bool is_comment_line(std::string_view text, const TextPlaces& places, std::size_t line) {
  const std::size_t at = places.past_blanks(line);
  return at < text.size() && text[at] == '#';
}

bool is_blank_line(std::string_view text, const TextPlaces& places, std::size_t line) {
  return line < text.size() && places.past_blanks(line) == places.line_end(line);
}

// The lines of a sender: with the comment lines directly above, unless they are the file's
// own first lines, and the blank lines that would be left double.
Splice lines_of(std::string_view text, const TextPlaces& places, const Node& sender) {
  std::size_t begin = places.line_begin(places.at(sender.at));
  std::size_t top = begin;
  while (top > 0 && is_comment_line(text, places, places.line_begin(top - 1)))
    top = places.line_begin(top - 1);
  if (top > 0) begin = top;
  std::size_t end = places.next_line(places.at(last_of(sender)));
  const bool is_after_blank =
      begin == 0 || is_blank_line(text, places, places.line_begin(begin - 1));
  while (is_after_blank && is_blank_line(text, places, end)) end = places.next_line(end);
  return {begin, end, ""};
}

}  // namespace

bool is_date(const std::string& text) {
  const bool is_plain = text.find_first_not_of("0123456789-") == std::string::npos;
  const Document document = parse_toml("x = " + text);
  return is_plain && document.root && document.root->members.front().value.kind == Node::Kind::date;
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      result += std::string{'\\', c};
    else if (byte < 0x20 || byte == 0x7f)
      result += format("\\u{:04X}", byte);
    else
      result += c;
  }
  return result + "\"";
}

std::string written(const TenantEntry& entry) {
  if (!entry.until && entry.note.empty()) return quoted(entry.tenant.to_string());
  std::string text = "{ tenant = " + quoted(entry.tenant.to_string());
  if (entry.until) text += ", until = " + *entry.until;
  if (!entry.note.empty()) text += ", note = " + quoted(entry.note);
  return text + " }";
}

Result<Edited> append(const std::string& text, const std::string& block,
                      const std::string& change) {
  const TextPlaces places(text);
  Node expected = *parse_toml(text).root;
  const Document added = parse_toml(block);
  const Node* senders = added.root ? added.root->find("sender") : nullptr;
  if (senders == nullptr) return util::Error{"no sender to be added", exit_data};
  const auto all = std::find_if(expected.members.begin(), expected.members.end(),
                                [](const Member& one) { return one.key == "sender"; });
  const Place at = all == expected.members.end() ? Place{} : all->at;
  if (all == expected.members.end())
    expected.members.push_back({"sender", {}, *senders});
  else
    all->value.elements.insert(all->value.elements.end(), senders->elements.begin(),
                               senders->elements.end());
  std::string lead = text.empty() || text.ends_with('\n') ? "\n" : "\n\n";
  if (text.ends_with("\n\n") || text.ends_with("\n\r\n")) lead.clear();
  return checked({text + with_newlines(lead + block, places.newline()), std::move(expected), at},
                 {change});
}

Result<Edited> add_sender(const std::string& text, const SenderEntry& entry) {
  return append(text, block_of(entry), "added the sender " + entry.name);
}

Result<Edited> remove_sender(const std::string& text, const std::string& name) {
  Node expected = *parse_toml(text).root;
  const Node* found = sender_node(expected, name);
  if (found == nullptr) return not_editable({}, "no sender " + name);
  const Node removed_node = *found;
  const TextPlaces places(text);
  if (text[places.at(removed_node.at)] != '[')
    return not_editable(removed_node.at, "a sender in an inline list");
  const auto all = std::find_if(expected.members.begin(), expected.members.end(),
                                [](const Member& one) { return one.key == "sender"; });
  auto& senders = all->value.elements;
  senders.erase(senders.begin() + (found - senders.data()));
  if (senders.empty()) expected.members.erase(all);
  return checked(
      {spliced(text, {lines_of(text, places, removed_node)}), std::move(expected), removed_node.at},
      {"removed the sender " + name});
}

}  // namespace store
