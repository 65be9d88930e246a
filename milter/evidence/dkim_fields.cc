// SPDX-License-Identifier: BSD-2-Clause
// What a DKIM-Signature field says (RFC 6376 3.2, 3.5).
#include <algorithm>
#include <array>
#include <map>

#include "milter/evidence/dkim.h"
#include "policy/domain.h"

namespace evidence {

namespace {

constexpr std::size_t max_digits = 12;  // of t= and x=, RFC 6376 3.5

// What a replay of signed mail could change, and has to be covered (spec 4).
constexpr std::array<std::string_view, 9> replayable_fields{
    "From", "Sender", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "MIME-Version"};
constexpr std::size_t from_field = 0;

using Tags = std::map<std::string, std::string_view, std::less<>>;

bool is_tag_name(std::string_view name) {
  auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !name.empty() && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_letter(c) || util::is_digit(c) || c == '_'; });
}

// RFC 6376 3.2; nothing where it is no tag list or has a tag twice.
std::optional<Tags> tag_list(std::string_view text) {
  Tags tags;
  const auto parts = util::split(text, ';');
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string_view part = util::trimmed(parts[i]);
    if (part.empty() && i + 1 == parts.size() && i > 0) break;  // the last ";" may end the list
    const auto equals = part.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view name = util::trimmed(part.substr(0, equals));
    if (!is_tag_name(name)) return std::nullopt;
    if (!tags.emplace(name, util::trimmed(part.substr(equals + 1))).second) return std::nullopt;
  }
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
    for (std::size_t i = 0; i < replayable_fields.size(); ++i) {
      if (is_field(field, replayable_fields[i])) ++found[i];
    }
  }
  return found;
}

// How often h= names each field.
class SignedFields {
 public:
  explicit SignedFields(std::string_view tag) {
    for (const std::string_view name : util::split(tag, ':')) names_.push_back(util::trimmed(name));
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
                     [&](std::string_view name) { return tags.contains(name); });
}

// False where the tags make no signature.
bool read_tags(const Tags& tags, const Occurrences& header, policy::Signature& signature) {
  if (!has_required(tags) || tags.find("v")->second != "1") return false;
  // Other ways to ask for a key are not known: without ours there is none (RFC 6376 3.5).
  if (const auto query = tags.find("q"); query != tags.end() && !lists(query->second, "dns/txt"))
    return false;
  const auto domain = policy::canonical_domain(tags.find("d")->second);
  const auto selector = policy::canonical_domain(tags.find("s")->second);
  if (!domain || !selector) return false;
  for (const auto& [name, value] :
       {std::pair("t", &signature.signed_at), std::pair("x", &signature.expires_at)}) {
    const auto tag = tags.find(name);
    if (tag == tags.end()) continue;
    *value = seconds(tag->second);
    if (!*value) return false;
  }
  const SignedFields fields(tags.find("h")->second);
  signature.domain.domain = *domain;
  signature.selector = *selector;
  signature.algorithm = algorithm(tags.find("a")->second);
  signature.signs_from = fields.times("From") > 0;
  signature.signs_every_from = signature.signs_from && fields.cover(header, from_field);
  signature.body_limit = tags.contains("l");
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
  std::string text;
  for (const char* name : names) {
    const char* found = value(name);
    text += name;
    // Absent and empty are different things (RFC 6376 3.2).
    text += found == nullptr ? " " : "=";
    for (const char* c = found; c != nullptr && *c != '\0'; ++c) {
      if (!util::is_wsp(*c) && *c != '\r' && *c != '\n') text.push_back(*c);
    }
    text.push_back(';');
  }
  return text;
}

std::string signature_text(std::string_view field_body) {
  const auto tags = tag_list(field_body);
  if (!tags) return "";
  std::string held;
  return signature_text([&](const char* name) -> const char* {
    const auto tag = tags->find(name);
    if (tag == tags->end()) return default_of(name);
    held = tag->second;
    return held.c_str();
  });
}

bool forbids_identity(std::string_view key_record, std::string_view signature_field) {
  const auto key = tag_list(key_record);
  if (!key) return false;
  const auto flags = key->find("t");
  if (flags == key->end() || !lists(flags->second, "s")) return false;
  const auto signature = tag_list(signature_field);
  if (!signature) return false;
  const auto identity = signature->find("i");
  const auto domain = signature->find("d");
  if (identity == signature->end() || domain == signature->end()) return false;
  const std::string_view of = identity->second.substr(identity->second.rfind('@') + 1);
  return !util::ascii_iequals(util::trimmed(of), domain->second);
}

Question key_question(const policy::Signature& signature) {
  return {signature.selector + "._domainkey." + signature.domain.domain, RecordType::txt};
}

}  // namespace evidence
