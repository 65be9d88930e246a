// SPDX-License-Identifier: BSD-2-Clause
// What a DKIM-Signature field says (RFC 6376 3.2, 3.5).
#include <algorithm>
#include <array>

#include "milter/evidence/dkim.h"
#include "policy/domain.h"
#include "util/digest.h"

namespace evidence {

namespace {

constexpr std::size_t max_digits = 12;  // of t= and x=, RFC 6376 3.5
constexpr std::size_t max_names = 100;  // in h=; spec 6
constexpr std::size_t max_keys = 3;     // at a selector

// What a replay of signed mail could change, and has to be covered (spec 4).
constexpr std::array<std::string_view, 9> replayable_fields{
    "From", "Sender", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "MIME-Version"};
constexpr std::size_t from_field = 0;

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
  explicit SignedFields(const DkimTags& tags) : names_(signed_fields(tags)) {}
  std::size_t count() const { return names_.size(); }
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

bool has_required(const DkimTags& tags) {
  constexpr std::array<std::string_view, 7> required{"v", "a", "b", "bh", "d", "h", "s"};
  return std::all_of(required.begin(), required.end(),
                     [&](std::string_view name) { return tags.find(name) != nullptr; });
}

// White space in b= means nothing (RFC 6376 3.2).
std::string digest_of(std::string_view signature) {
  if (std::none_of(signature.begin(), signature.end(), util::is_space))
    return util::short_digest(signature);
  std::string plain;
  std::copy_if(signature.begin(), signature.end(), std::back_inserter(plain),
               [](char c) { return !util::is_space(c); });
  return util::short_digest(plain);
}

// False where the tags make no signature.
bool read_tags(const DkimTags& tags, const Occurrences& header, policy::Signature& signature) {
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
  signature.domain.domain = *domain;
  signature.selector = *selector;
  signature.digest = digest_of(*tags.find("b"));
  signature.algorithm = algorithm(*tags.find("a"));
  const SignedFields fields(tags);
  signature.signs_from = fields.times("From") > 0;
  signature.signs_every_from = signature.signs_from && fields.cover(header, from_field);
  signature.body_limit = tags.find("l") != nullptr;
  signature.covers_replayable = fields.cover_all(header);
  if (fields.count() <= max_names) return true;
  signature.state = policy::Known::known;
  signature.fault = policy::SignatureFault::names;
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
    const auto tags = is_too_long ? std::nullopt : DkimTags::read(field.value);
    if (!tags || !read_tags(*tags, counts, signature)) {
      signature = {};
      signature.state = policy::Known::known;
      signature.fault = policy::SignatureFault::unreadable;
    }
    signatures.push_back(std::move(signature));
  }
  return signatures;
}

bool forbids_identity(std::string_view key_record, const DkimTags& signature) {
  const auto key = DkimTags::read(key_record);
  if (!key) return false;
  const auto* flags = key->find("t");
  if (flags == nullptr || !lists(*flags, "s")) return false;
  const auto* identity = signature.find("i");
  const auto* domain = signature.find("d");
  if (identity == nullptr || domain == nullptr) return false;
  const std::string_view of = identity->substr(identity->rfind('@') + 1);
  return !util::ascii_iequals(util::trimmed(of), *domain);
}

namespace {

// A key record for the algorithm (RFC 6376 3.6.1), revoked or not.
bool is_key_for(const DkimTags& key, std::string_view algorithm) {
  const auto* version = key.find("v");
  const auto* type = key.find("k");
  return key.find("p") != nullptr && (version == nullptr || *version == "DKIM1") &&
         algorithm.starts_with(type == nullptr ? "rsa" : *type);
}

}  // namespace

KeyCandidates key_candidates(const DnsAnswer& answer, const DkimTags& signature) {
  using policy::SignatureFault;
  if (answer.outcome != DnsAnswer::Outcome::records) return {{}, SignatureFault::no_key};
  if (answer.data.size() == 1) {
    // The library reads it, and says what is wrong with it.
    const std::string& record = answer.data.front();
    if (forbids_identity(record, signature)) return {{}, SignatureFault::identity};
    return {{record}, SignatureFault::none};
  }
  KeyCandidates found{{}, SignatureFault::bad_key};
  for (const std::string& record : answer.data) {
    const auto key = DkimTags::read(record);
    if (!key || !is_key_for(*key, *signature.find("a"))) continue;
    if (key->find("p")->empty())
      found.fault = SignatureFault::revoked;
    else if (forbids_identity(record, signature))
      found.fault = SignatureFault::identity;
    else
      found.records.push_back(record);
  }
  std::sort(found.records.begin(), found.records.end());
  if (found.records.size() > max_keys) found.records.resize(max_keys);
  if (!found.records.empty()) found.fault = SignatureFault::none;
  return found;
}

std::vector<std::string_view> signed_fields(const DkimTags& signature) {
  const auto* names = signature.find("h");
  std::vector<std::string_view> fields;
  if (names == nullptr) return fields;
  fields = util::split(*names, ':');
  for (std::string_view& name : fields) name = util::trimmed(name);
  return fields;
}

Question key_question(const policy::Signature& signature) {
  return {signature.selector + "._domainkey." + signature.domain.domain, RecordType::txt};
}

}  // namespace evidence
