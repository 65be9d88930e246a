// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/auth_results.h"

#include <algorithm>
#include <optional>

#include "policy/domain.h"
#include "util/format.h"
#include "util/text.h"

namespace evidence {

namespace {

// The quoted string that begins at `at`, unquoted; `end` is past it.
std::optional<std::string> quoted_string(std::string_view text, std::size_t at, std::size_t& end) {
  std::string value;
  for (++at; at < text.size(); ++at) {
    if (text[at] == '"') {
      end = at + 1;
      return value;
    }
    if (text[at] == '\\' && ++at == text.size()) break;
    value.push_back(text[at]);
  }
  return std::nullopt;
}

// The authserv-id, a `value` of RFC 2045 5.1 (a token or a quoted string), where a
// version or nothing follows it before the first ";" (RFC 8601 2.2).
std::optional<std::string> authserv_id_of(std::string_view body) {
  const auto start = util::past_cfws(body, 0);
  if (!start || *start == body.size()) return std::nullopt;
  std::optional<std::string> id;
  std::size_t end = 0;
  if (body[*start] == '"') {
    id = quoted_string(body, *start, end);
  } else {
    end = std::min(body.find_first_of(" \t\r\n;(\"", *start), body.size());
    if (end > *start) id = std::string(body.substr(*start, end - *start));
  }
  auto next = id ? util::past_cfws(body, end) : std::nullopt;
  while (next && *next < body.size() && util::is_digit(body[*next])) ++*next;
  if (next) next = util::past_cfws(body, *next);
  if (!next || (*next < body.size() && body[*next] != ';')) return std::nullopt;
  return id;
}

constexpr std::string_view plain_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

// RFC 8601 2.2, pvalue: what is no plain word stands in quotes, so that nothing of a
// message passes for a result of ours.
std::string pvalue(std::string_view value) {
  constexpr std::size_t longest = 255;
  const std::string text = util::shown(value, longest);
  if (!text.empty() && text.find_first_not_of(plain_characters) == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted.push_back('\\');
    quoted.push_back(c);
  }
  return quoted + "\"";
}

bool contains(std::string_view body, std::string_view id) {
  return util::ascii_lower(body).find(util::ascii_lower(id)) != std::string::npos;
}

std::string spf_part(const policy::Evidence& evidence) {
  const policy::Spf& spf = evidence.spf;
  const bool is_known = spf.state == policy::Known::known;
  const auto result = is_known ? policy::name_of(spf.result, policy::spf_result_names)
                      : spf.state == policy::Known::unavailable ? "temperror"
                                                                : "";
  // A HELO name can be anything.
  if (result.empty() || !policy::canonical_domain(spf.domain)) return "";
  return util::format(";\n\tspf={} smtp.{}={}", result, evidence.null_sender ? "helo" : "mailfrom",
                      spf.domain);
}

std::string dkim_parts(const policy::Evidence& evidence) {
  constexpr int most = 20;
  std::string parts;
  int count = 0;
  for (const policy::Signature& signature : evidence.signatures) {
    if (signature.domain.domain.empty() || count == most) continue;
    const char* result = nullptr;
    if (signature.state == policy::Known::known) result = signature.verified ? "pass" : "fail";
    if (signature.state == policy::Known::unavailable) result = "temperror";
    if (result == nullptr) continue;
    ++count;
    parts += util::format(";\n\tdkim={} header.d={}", result, signature.domain.domain);
  }
  return parts;
}

std::string_view tenant_result(const policy::Verdict& verdict) {
  return verdict.forwarded || verdict.system_mail ? "neutral" : "pass";
}

std::string tenant_part(const policy::Evidence& evidence, const policy::Verdict& verdict,
                        std::string_view platform) {
  std::string part = util::format(";\n\tx-tenant={}", tenant_result(verdict));
  if (platform.empty()) return part;
  part += util::format(" policy.platform={}", platform);
  for (const policy::TenantField& field : evidence.tenant_fields) {
    if (field.value.empty()) continue;
    part += util::format(" policy.{}={}", policy::info(field.source).name, pvalue(field.value));
  }
  return part;
}

}  // namespace

bool claims_authserv_id(std::string_view body, std::string_view authserv_id) {
  if (authserv_id.empty()) return false;
  const auto claimed = authserv_id_of(body);
  if (!claimed) return contains(body, authserv_id);
  std::string_view name = *claimed;
  if (name.ends_with('.')) name.remove_suffix(1);
  if (util::ascii_iequals(name, authserv_id)) return true;
  // A token that is no plain host name is one that readers may take apart differently.
  const bool is_plain = name.find_first_not_of(plain_characters) == std::string_view::npos;
  return !is_plain && contains(body, authserv_id);
}

std::string auth_results_body(AuthResults kind, std::string_view authserv_id,
                              const policy::Evidence& evidence, const policy::Verdict& verdict,
                              std::string_view platform) {
  switch (kind) {
    case AuthResults::off:
      return "";
    case AuthResults::minimal:
      return util::format("{}; x-tenant={}", authserv_id, tenant_result(verdict));
    case AuthResults::full:
      break;
  }
  return std::string(authserv_id) + spf_part(evidence) + dkim_parts(evidence) +
         tenant_part(evidence, verdict, platform);
}

}  // namespace evidence
