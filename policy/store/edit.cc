// SPDX-License-Identifier: BSD-2-Clause
#include "policy/store/edit.h"

#include <algorithm>

#include "policy/store/edit_check.h"
#include "policy/store/reader.h"
#include "policy/store/text_list.h"
#include "util/format.h"

namespace store {

namespace {

using util::Error;
using util::format;
using util::Result;

constexpr int exit_usage = 64;

std::string said(const TenantEntry& entry) {
  return entry.tenant.to_string() + (entry.until ? " until " + *entry.until : "");
}

Platforms platforms_of(const policy::Snapshot& snapshot) {
  Platforms platforms;
  for (const policy::Platform& platform : snapshot.platforms())
    platforms.emplace(platform.name, platform);
  return platforms;
}

std::optional<policy::Tenant> read_tenant(const Node& node, const Platforms& platforms) {
  Reader reader("");
  return reader.tenant(node, platforms);
}

Node* member(Node& table, std::string_view key) {
  return const_cast<Node*>(std::as_const(table).find(key));
}

Node* sender_table(Node& root, std::string_view name) {
  return const_cast<Node*>(sender_node(root, name));
}

// A list of tenants in its text: a sender's, or at the top what is blocked.
class TenantList {
 public:
  static Result<TenantList> of_sender(const std::string& text, const policy::Snapshot& snapshot,
                                      const std::string& sender) {
    TenantList list(text, snapshot, sender, "tenants", "domains");
    if (list.table_of(list.root_) == nullptr) return not_editable({}, "no sender " + sender);
    return list;
  }
  static TenantList of_blocked(const std::string& text, const policy::Snapshot& snapshot) {
    return {text, snapshot, "", "blocked-tenants", "version"};
  }

  // Adds an entry, or puts it in the place of the one that is there.
  Result<bool> put(const TenantEntry& entry);
  // False where it is not listed.
  Result<bool> take_out(const policy::Tenant& tenant);
  const std::string& text() const { return text_; }

 private:
  TenantList(const std::string& text, const policy::Snapshot& snapshot, std::string sender,
             std::string_view key, std::string_view behind)
      : text_(text),
        root_(*parse_toml(text).root),
        platforms_(platforms_of(snapshot)),
        sender_(std::move(sender)),
        key_(key),
        behind_(behind) {}

  Node* table_of(Node& root) const { return sender_.empty() ? &root : sender_table(root, sender_); }
  Node* list_of(Node& root) const { return member(*table_of(root), key_); }
  std::optional<std::size_t> index_of(const policy::Tenant& tenant);
  Result<bool> create(const TenantEntry& entry);
  Result<bool> apply(const std::vector<Splice>& splices, Node expected, const Place& at);

  std::string text_;
  Node root_;
  Platforms platforms_;
  std::string sender_;       // "": the top of the file
  std::string_view key_;     // of the list
  std::string_view behind_;  // a key that every such table has: the list goes behind it
};

std::optional<std::size_t> TenantList::index_of(const policy::Tenant& tenant) {
  const Node* all = list_of(root_);
  for (std::size_t i = 0; all != nullptr && i < all->elements.size(); ++i) {
    const Node& element = all->elements[i];
    const Node* value = element.kind == Node::Kind::table ? element.find("tenant") : &element;
    if (read_tenant(*value, platforms_) == tenant) return i;
  }
  return std::nullopt;
}

// The new text becomes the one that is edited further.
Result<bool> TenantList::apply(const std::vector<Splice>& splices, Node expected, const Place& at) {
  auto edited = checked({spliced(text_, splices), std::move(expected), at}, {});
  if (!edited) return edited.error();
  text_ = std::move(edited->text);
  root_ = *parse_toml(text_).root;
  return true;
}

// The list, in the layout of the key before it.
Result<bool> TenantList::create(const TenantEntry& entry) {
  const TextPlaces places(text_);
  const auto& members = table_of(root_)->members;
  const auto before = std::find_if(members.begin(), members.end(),
                                   [&](const Member& one) { return one.key == behind_; });
  const Place place = before->at;
  const std::size_t key_at = places.at(before->at);
  const std::size_t end = places.at(before->value.end);
  const std::size_t key_end = key_at + before->key.size();
  const std::string equals = before->key.size() == key_.size()
                                 ? text_.substr(key_end, places.at(before->value.at) - key_end)
                                 : " = ";
  const std::string line = std::string(key_) + equals + "[" + written(entry) + "]";
  Node expected = root_;
  Node list{.kind = Node::Kind::array};
  list.elements.push_back(node_of(written(entry)));
  table_of(expected)->members.push_back({std::string(key_), {}, std::move(list)});
  const bool is_inline = !sender_.empty() && text_[places.at(table_of(root_)->at)] == '{';
  if (is_inline) return apply({{end, end, ", " + line}}, std::move(expected), place);
  const std::size_t at = places.line_end(end);
  const std::string lead = std::string(places.newline()) + std::string(places.indentation(key_at));
  return apply({{at, at, lead + line}}, std::move(expected), place);
}

Result<bool> TenantList::put(const TenantEntry& entry) {
  const Node* all = list_of(root_);
  if (all == nullptr) return create(entry);
  const TextPlaces places(text_);
  const Place at = all->at;
  const Node wanted = node_of(written(entry));
  Node expected = root_;
  const auto listed = index_of(entry.tenant);
  if (!listed) {
    list_of(expected)->elements.push_back(wanted);
    return apply(appended(text_, places, *all, written(entry)), std::move(expected), at);
  }
  const Node& old = all->elements[*listed];
  // An entry without date and note says nothing of those that are there.
  if (is_same(old, wanted) || wanted.kind != Node::Kind::table) return false;
  list_of(expected)->elements[*listed] = wanted;
  return apply({{places.at(old.at), places.at(old.end), written(entry)}}, std::move(expected), at);
}

Result<bool> TenantList::take_out(const policy::Tenant& tenant) {
  bool was_listed = false;
  while (const auto listed = index_of(tenant)) {
    const Node* all = list_of(root_);
    const TextPlaces places(text_);
    Node expected = root_;
    auto& elements = list_of(expected)->elements;
    elements.erase(elements.begin() + static_cast<std::ptrdiff_t>(*listed));
    const Place at = all->elements[*listed].at;
    const auto done = apply(removed(text_, places, *all, *listed), std::move(expected), at);
    if (!done) return done;
    was_listed = true;
  }
  return was_listed;
}

Result<Edited> put_all(TenantList list, const std::vector<TenantEntry>& entries,
                       std::string_view verb) {
  Edited edited;
  for (const TenantEntry& entry : entries) {
    const auto put = list.put(entry);
    if (!put) return put.error();
    if (*put) edited.changes.push_back(format("{} {}", verb, said(entry)));
  }
  edited.text = list.text();
  return edited;
}

Result<Edited> take_all(TenantList list, const std::vector<policy::Tenant>& tenants,
                        std::string_view verb) {
  Edited edited;
  for (const policy::Tenant& tenant : tenants) {
    const auto taken = list.take_out(tenant);
    if (!taken) return taken.error();
    if (*taken) edited.changes.push_back(format("{} {}", verb, tenant.to_string()));
  }
  edited.text = list.text();
  return edited;
}

std::vector<TenantEntry> plain(const std::vector<policy::Tenant>& tenants) {
  std::vector<TenantEntry> entries;
  for (const policy::Tenant& tenant : tenants) entries.push_back({tenant, {}, ""});
  return entries;
}

}  // namespace

Result<policy::Tenant> tenant_of(std::string_view text, const policy::Snapshot& snapshot) {
  Reader reader("");
  const auto tenant =
      reader.tenant({.kind = Node::Kind::text, .text = std::string(text)}, platforms_of(snapshot));
  if (tenant) return *tenant;
  const Finding finding = reader.take_findings().front();
  return Error{format("found {}, expected {}", finding.found, finding.expected), exit_usage};
}

Result<Edited> allow(const std::string& text, const policy::Snapshot& snapshot,
                     const std::string& sender, const std::vector<TenantEntry>& entries) {
  auto list = TenantList::of_sender(text, snapshot, sender);
  if (!list) return list.error();
  return put_all(std::move(*list), entries, "allowed");
}

Result<Edited> revoke(const std::string& text, const policy::Snapshot& snapshot,
                      const std::string& sender, const std::vector<policy::Tenant>& tenants) {
  auto list = TenantList::of_sender(text, snapshot, sender);
  if (!list) return list.error();
  return take_all(std::move(*list), tenants, "revoked");
}

Result<Edited> block(const std::string& text, const policy::Snapshot& snapshot,
                     const std::vector<policy::Tenant>& tenants) {
  return put_all(TenantList::of_blocked(text, snapshot), plain(tenants), "blocked");
}

Result<Edited> unblock(const std::string& text, const policy::Snapshot& snapshot,
                       const std::vector<policy::Tenant>& tenants) {
  return take_all(TenantList::of_blocked(text, snapshot), tenants, "unblocked");
}

}  // namespace store
