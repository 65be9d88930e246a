// SPDX-License-Identifier: BSD-2-Clause
// What a DKIM-Signature field says (RFC 6376 3.2, 3.5).
#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>

#include "milter/evidence/dkim.h"
#include "policy/domain.h"

namespace evidence {

namespace {

constexpr std::size_t max_digits = 12;  // of t= and x=, RFC 6376 3.5

// What a replay of signed mail could change, and has to be covered (spec 4).
constexpr std::array<std::string_view, 9> replayable_fields{
    "From", "Sender", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "MIME-Version"};
constexpr std::size_t from_field = 0;

struct Tag {
  std::string_view name;
  std::string_view value;
};

// In the order of their names, each name once.
class Tags {
 public:
  // False where a name is there twice.
  bool assign(std::vector<Tag> tags) {
    tags_ = std::move(tags);
    std::sort(tags_.begin(), tags_.end(),
              [](const Tag& a, const Tag& b) { return a.name < b.name; });
    return std::adjacent_find(tags_.begin(), tags_.end(), [](const Tag& a, const Tag& b) {
             return a.name == b.name;
           }) == tags_.end();
  }
  const std::string_view* find(std::string_view name) const {
    const auto found =
        std::lower_bound(tags_.begin(), tags_.end(), name,
                         [](const Tag& tag, std::string_view wanted) { return tag.name < wanted; });
    return found != tags_.end() && found->name == name ? &found->value : nullptr;
  }

 private:
  std::vector<Tag> tags_;
};

bool is_tag_name(std::string_view name) {
  auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !name.empty() && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_letter(c) || util::is_digit(c) || c == '_'; });
}

// RFC 6376 3.2; nothing where it is no tag list or has a tag twice.
std::optional<Tags> tag_list(std::string_view text) {
  std::vector<Tag> found;
  const auto parts = util::split(text, ';');
  found.reserve(parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string_view part = util::trimmed(parts[i]);
    if (part.empty() && i + 1 == parts.size() && i > 0) break;  // the last ";" may end the list
    const auto equals = part.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view name = util::trimmed(part.substr(0, equals));
    if (!is_tag_name(name)) return std::nullopt;
    found.push_back({name, util::trimmed(part.substr(equals + 1))});
  }
  Tags tags;
  if (!tags.assign(std::move(found))) return std::nullopt;
  return tags;
}

std::optional<std::int64_t> seconds(std::string_view text) {
  if (text.empty() || text.size() > max_digits ||
      !std::all_of(text.begin(), text.end(), util::is_digit))
    return std::nullopt;
  std::int64_t value = 0;
  for (const char c : text) value = value * 10 + (c - '0');
  return value;
}

policy::SignatureAlgorithm algorithm(std::string_view name) {
  const auto known =
      std::find(policy::algorithm_names.begin(), policy::algorithm_names.end(), name);
  if (known == policy::algorithm_names.end()) return policy::SignatureAlgorithm::unknown;
  return static_cast<policy::SignatureAlgorithm>(known - policy::algorithm_names.begin());
}

// How often the header has each of the replayable fields; index by index.
using Occurrences = std::array<std::size_t, replayable_fields.size()>;

Occurrences occurrences(const std::vector<HeaderField>& header) {
  Occurrences found{};
  for (const HeaderField& field : header) {
    const std::string_view name = util::trimmed(field.name);
    for (std::size_t i = 0; i < replayable_fields.size(); ++i) {
      if (util::ascii_iequals(name, replayable_fields[i])) ++found[i];
    }
  }
  return found;
}

// How often h= names each field.
class SignedFields {
 public:
  explicit SignedFields(std::string_view tag) {
    names_ = util::split(tag, ':');
    for (std::string_view& name : names_) name = util::trimmed(name);
  }
  std::size_t times(std::string_view name) const {
    return static_cast<std::size_t>(std::count_if(
        names_.begin(), names_.end(),
        [&](std::string_view signed_name) { return util::ascii_iequals(signed_name, name); }));
  }
  // Whether they are as many as the header's.
  bool cover(const Occurrences& header, std::size_t replayable) const {
    return times(replayable_fields[replayable]) >= header[replayable];
  }
  bool cover_all(const Occurrences& header) const {
    for (std::size_t i = 0; i < replayable_fields.size(); ++i) {
      if (!cover(header, i)) return false;
    }
    return true;
  }

 private:
  std::vector<std::string_view> names_;
};

// Whether a list that is separated by colons names this (RFC 6376 3.5, q=; 3.6.1, t=).
bool lists(std::string_view tag, std::string_view name) {
  const auto words = util::split(tag, ':');
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return util::trimmed(word) == name; });
}

// What libopendkim puts in the place of an absent tag (RFC 6376 3.5).
const char* default_of(std::string_view name) {
  if (name == "c") return "simple/simple";
  if (name == "q") return "dns/txt";
  return nullptr;
}

bool has_required(const Tags& tags) {
  constexpr std::array<std::string_view, 7> required{"v", "a", "b", "bh", "d", "h", "s"};
  return std::all_of(required.begin(), required.end(),
                     [&](std::string_view name) { return tags.find(name) != nullptr; });
}

// False where the tags make no signature.
bool read_tags(const Tags& tags, const Occurrences& header, policy::Signature& signature) {
  if (!has_required(tags) || *tags.find("v") != "1") return false;
  // Other ways to ask for a key are not known: without ours there is none (RFC 6376 3.5).
  if (const auto* query = tags.find("q"); query != nullptr && !lists(*query, "dns/txt"))
    return false;
  const auto domain = policy::canonical_domain(*tags.find("d"));
  const auto selector = policy::canonical_domain(*tags.find("s"));
  if (!domain || !selector) return false;
  for (const auto& [name, value] :
       {std::pair("t", &signature.signed_at), std::pair("x", &signature.expires_at)}) {
    const auto* tag = tags.find(name);
    if (tag == nullptr) continue;
    *value = seconds(*tag);
    if (!*value) return false;
  }
  const SignedFields fields(*tags.find("h"));
  signature.domain.domain = *domain;
  signature.selector = *selector;
  signature.algorithm = algorithm(*tags.find("a"));
  signature.signs_from = fields.times("From") > 0;
  signature.signs_every_from = signature.signs_from && fields.cover(header, from_field);
  signature.body_limit = tags.find("l") != nullptr;
  signature.covers_replayable = fields.cover_all(header);
  return true;
}

}  // namespace

std::vector<policy::Signature> read_signatures(const std::vector<HeaderField>& header) {
  std::vector<policy::Signature> signatures;
  const Occurrences counts = occurrences(header);
  for (const HeaderField& field : header) {
    if (!is_field(field, dkim_signature_field)) continue;
    policy::Signature signature;
    const bool is_too_long = field.value.size() > max_signature_field;
    const auto tags = is_too_long ? std::nullopt : tag_list(field.value);
    if (!tags || !read_tags(*tags, counts, signature)) {
      signature = {};
      signature.state = policy::Known::known;
    }
    signatures.push_back(std::move(signature));
  }
  return signatures;
}

std::string signature_text(const std::function<const char*(const char* tag)>& value) {
  constexpr std::array<const char*, 13> names{"v", "a", "b", "bh", "c", "d", "h",
                                              "i", "l", "q", "s",  "t", "x"};
  constexpr std::size_t usual_size = 1024;
  std::string text;
  text.reserve(usual_size);
  for (const char* name : names) {
    const char* found = value(name);
    text += name;
    // Absent and empty are different things (RFC 6376 3.2).
    text += found == nullptr ? " " : "=";
    if (found != nullptr)
      std::remove_copy_if(found, found + std::strlen(found), std::back_inserter(text),
                          util::is_space);
    text.push_back(';');
  }
  return text;
}

std::string signature_text(std::string_view field_body) {
  const auto tags = tag_list(field_body);
  if (!tags) return "";
  std::string held;
  return signature_text([&](const char* name) -> const char* {
    const auto* tag = tags->find(name);
    if (tag == nullptr) return default_of(name);
    held = *tag;
    return held.c_str();
  });
}

bool forbids_identity(std::string_view key_record, std::string_view signature_field) {
  const auto key = tag_list(key_record);
  if (!key) return false;
  const auto* flags = key->find("t");
  if (flags == nullptr || !lists(*flags, "s")) return false;
  const auto signature = tag_list(signature_field);
  if (!signature) return false;
  const auto* identity = signature->find("i");
  const auto* domain = signature->find("d");
  if (identity == nullptr || domain == nullptr) return false;
  const std::string_view of = identity->substr(identity->rfind('@') + 1);
  return !util::ascii_iequals(util::trimmed(of), *domain);
}

std::vector<std::string> signed_fields(std::string_view field_body) {
  const auto tags = tag_list(field_body);
  const auto* const names = tags ? tags->find("h") : nullptr;
  std::vector<std::string> lower;
  if (names == nullptr) return lower;
  for (const std::string_view name : util::split(*names, ':'))
    lower.push_back(util::ascii_lower(util::trimmed(name)));
  return lower;
}

Question key_question(const policy::Signature& signature) {
  return {signature.selector + "._domainkey." + signature.domain.domain, RecordType::txt};
}

}  // namespace evidence
