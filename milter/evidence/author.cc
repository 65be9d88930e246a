// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/author.h"

#include <algorithm>
#include <optional>
#include <span>

#include "milter/evidence/author_characters.h"
#include "milter/evidence/author_tokens.h"
#include "milter/evidence/line_break.h"
#include "policy/domain.h"
#include "util/idna.h"
#include "util/psl.h"

namespace evidence {

namespace {

using Kind = AuthorToken::Kind;
using Tokens = std::span<const AuthorToken>;

constexpr std::size_t max_mailboxes = 20;    // spec 6
constexpr std::size_t max_field = 8 * 1024;  // octets, as it came; spec 6

// An encoded word (RFC 2047 2)
constexpr std::string_view word_begins = "=?";
constexpr std::string_view word_ends = "?=";

// Whether each encoded word that begins in a text ends there: =?charset?encoding?text?=.
// Some readers look for the end of one anywhere, in strings and addresses further on.
bool has_open_encoded_word(std::string_view text) {
  for (auto at = text.find(word_begins); at != std::string_view::npos;
       at = text.find(word_begins, at)) {
    at += word_begins.size();
    for (int marks = 0; marks < 2 && at != std::string_view::npos; ++marks) {
      at = text.find('?', at);
      if (at != std::string_view::npos) ++at;
    }
    if (at != std::string_view::npos) at = text.find(word_ends, at);
    if (at == std::string_view::npos) return true;
    at += word_ends.size();
  }
  return false;
}

// Of a name: in each run of words without quotes or comments, and in each quoted string.
bool has_open_encoded_word(Tokens words) {
  std::string run;
  for (const AuthorToken& word : words) {
    const bool is_quoted = word.kind == Kind::quoted;
    if (is_quoted || word.commented) {
      if (has_open_encoded_word(run)) return true;
      run.clear();
    }
    if (is_quoted) {
      if (has_open_encoded_word(word.text)) return true;
      continue;
    }
    if (word.spaced) run.push_back(' ');
    run += word.text;
  }
  return has_open_encoded_word(run);
}

// atom *("." atom), nothing around the dots (RFC 5322 3.2.3, dot-atom-text).
std::optional<std::string> dot_atom(Tokens tokens) {
  std::string text;
  bool wants_atom = true;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const AuthorToken& token = tokens[i];
    if (token.kind != (wants_atom ? Kind::atom : Kind::dot)) return std::nullopt;
    if (i > 0 && token.spaced) return std::nullopt;
    text += token.text;
    wants_atom = !wants_atom;
  }
  if (wants_atom) return std::nullopt;
  return text;
}

// A quoted local part holds nothing that some reader takes for an address's end.
bool is_plain_quoted(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return c == '@' || c == '<' || c == '>' || static_cast<unsigned char>(c) < 0x20;
  });
}

class Parser {
 public:
  // What the whole field has matters to a reader who looks for it anywhere: comments,
  // ends of encoded words.
  Parser(Tokens tokens, std::string_view comments, bool has_word_end)
      : all_(tokens), rest_(tokens), comments_(comments), has_word_end_(has_word_end) {}

  // mailbox-list or address-list (RFC 5322 3.4, RFC 6854 2.1).
  void list() {
    address();
    while (is_good() && take(Kind::comma)) address();
    if (is_good() && !rest_.empty()) fail("text after an address");
    whole_field();
  }

  // address (RFC 6854 2.2).
  void single() {
    address();
    if (is_good() && !rest_.empty()) fail("more than one address");
    whole_field();
  }

  AuthorDomains take_result() {
    if (!is_good()) return {.domains = {}, .fault = std::move(fault_)};
    return {std::move(domains_), "", mailboxes_, std::move(first_local_part_)};
  }

 private:
  bool is_good() const { return fault_.empty(); }

  void fail(std::string_view fault) {
    if (is_good()) fault_ = fault;
  }

  bool take(Kind kind) {
    if (rest_.empty() || rest_.front().kind != kind) return false;
    rest_ = rest_.subspan(1);
    return true;
  }

  // Everything up to what ends a phrase or an address without brackets.
  Tokens take_words() {
    std::size_t count = 0;
    while (count < rest_.size() && is_word(rest_[count].kind)) ++count;
    const Tokens words = rest_.first(count);
    rest_ = rest_.subspan(count);
    return words;
  }

  static bool is_word(Kind kind) {
    return kind == Kind::atom || kind == Kind::quoted || kind == Kind::dot || kind == Kind::at;
  }

  void address() {
    const Tokens words = take_words();
    if (take(Kind::colon)) return group(words);
    mailbox(words);
  }

  // group = display-name ":" mailbox-list ";"
  void group(Tokens name) {
    if (name.empty()) return fail("group without a name");
    has_group_ = true;
    // Some readers decode an encoded word, and read the whole again.
    if (std::any_of(name.begin(), name.end(), [](const AuthorToken& word) {
          const bool is_encoded = word.text.find(word_begins) != std::string::npos;
          return is_encoded || (word.kind == Kind::quoted && has_address_sign(word.text));
        }))
      fail("name of a group with an encoded word or a sign of an address");
    phrase(name, {}, "");
    do {
      if (is_good()) mailbox(take_words());
    } while (is_good() && take(Kind::comma));
    if (is_good() && !take(Kind::semicolon)) fail("group without end");
  }

  void mailbox(Tokens words) {
    if (!rest_.empty() && rest_.front().kind == Kind::less) {
      const Tokens address = words_in_brackets();
      const std::string domain = is_good() ? address_domain(address) : "";
      if (is_good()) phrase(words, address, domain);
      return add(domain);
    }
    if (words.empty()) return fail("nothing where an address should be");
    no_risky_comment(words.subspan(1));
    add(address_domain(words));
  }

  Tokens words_in_brackets() {
    take(Kind::less);
    const Tokens words = take_words();
    no_risky_comment(words);
    no_risky_comment(rest_.first(rest_.empty() ? 0 : 1));  // before >
    if (!rest_.empty() && !words.empty() && words.front().kind == Kind::at)
      fail("route in an address");
    else if (!take(Kind::greater))
      fail("address without >");
    return words;
  }

  // What some reader takes otherwise because of what stands elsewhere in the field.
  void whole_field() {
    // JavaMail finds no domain where a comment stands beside the @, and looks into others for one.
    if (has_comment_at_ && has_address_sign(comments_))
      fail("comment beside @, and an address in one");
    // Several readers end a group at a semicolon, or begin one at a colon, wherever it stands.
    const bool has_sign = std::any_of(all_.begin(), all_.end(), [](const AuthorToken& word) {
      return word.kind == Kind::quoted && word.text.find_first_of("<>@;:") != std::string::npos;
    });
    const bool has_encoded = comments_.find(word_begins) != std::string_view::npos;
    if (has_group_ && (has_sign || has_encoded || has_address_sign(comments_)))
      fail("group, and a comment or quoted string with a sign of an address");
  }

  // Of words within an address: no comment before any of them that a reader takes for another
  // address, or for this one's end (spec 6).
  void no_risky_comment(Tokens words) {
    if (std::any_of(words.begin(), words.end(),
                    [](const AuthorToken& word) { return word.has_risky_comment; }))
      fail("comment with <, >, @, comma or quote in an address");
  }

  // addr-spec: its canonical domain.
  std::string address_domain(Tokens words) {
    const auto at = std::find_if(words.begin(), words.end(), is_at);
    if (at == words.end()) return fail("no address"), "";
    const auto split = static_cast<std::size_t>(at - words.begin());
    has_comment_at_ = has_comment_at_ || at->commented ||
                      (split + 1 < words.size() && words[split + 1].commented);
    local_part(words.first(split));
    const auto domain = dot_atom(words.subspan(split + 1));
    if (!domain) return fail("malformed domain"), "";
    const auto ascii = util::a_labels(*domain);
    const auto canonical = ascii ? policy::canonical_domain(*ascii) : std::nullopt;
    if (!canonical) return fail("domain that is no name"), "";
    return *canonical;
  }

  void local_part(Tokens words) {
    const bool is_quoted = words.size() == 1 && words.front().kind == Kind::quoted;
    const auto text = is_quoted ? std::optional(words.front().text) : dot_atom(words);
    if (!text) return fail("malformed local part");
    if (is_quoted && !is_plain_quoted(*text))
      return fail("quoted local part with @, <, > or control");
    if (has_word_end_ && text->find(word_begins) != std::string::npos)
      fail("encoded word in an address");
    if (has_misleading_character(*text))
      fail("local part with a character that is not seen or looks like another");
    if (mailboxes_ == 0) first_local_part_ = *text;
  }

  // A display name: words and dots. One unquoted address may stand in it, where every reader
  // finds the same domain: that of the mailbox.
  void phrase(Tokens words, Tokens address, std::string_view domain) {
    if (!words.empty() && words.front().kind == Kind::dot) fail("name that begins with a dot");
    if (has_open_encoded_word(words)) fail("encoded word without end");
    const auto at = std::find_if(words.begin(), words.end(), is_at);
    if (at == words.end()) return;
    const Tokens shown = run_around(words, static_cast<std::size_t>(at - words.begin()));
    const Tokens after =
        words.subspan(static_cast<std::size_t>(shown.data() + shown.size() - words.data()));
    const bool is_plain = is_unbroken(address) && is_unbroken(shown) && has_no_quotes(words) &&
                          comments_.empty() && !has_word_end_;
    Parser shown_address({}, comments_, has_word_end_);
    if (!is_plain || shown_address.address_domain(shown) != domain || !shown_address.is_good() ||
        makes_another_domain(shown, after))
      fail("unquoted @ in a name");
  }

  static bool is_at(const AuthorToken& word) { return word.kind == Kind::at; }

  // Some readers (Python's getaddresses before CVE-2023-27043) join the words that follow an
  // address in a name to its domain: "a@bank.exam ple". That must give no name that can exist.
  static bool makes_another_domain(Tokens shown, Tokens after) {
    if (after.empty()) return false;
    std::string joined;
    for (const AuthorToken& word : shown) joined = is_at(word) ? "" : joined + word.text;
    for (const AuthorToken& word : after) {
      if (word.kind != Kind::atom) return true;
      joined += word.text;
      const auto name = util::lookup_form(joined);
      if (!name || util::is_top_level_domain(name->substr(name->rfind('.') + 1))) return true;
    }
    return false;
  }

  // The words around one of them that no white space divides from it.
  static Tokens run_around(Tokens words, std::size_t index) {
    std::size_t first = index;
    while (first > 0 && !words[first].spaced) --first;
    std::size_t end = index + 1;
    while (end < words.size() && !words[end].spaced) ++end;
    return words.subspan(first, end - first);
  }

  static bool has_no_quotes(Tokens words) {
    return std::none_of(words.begin(), words.end(),
                        [](const AuthorToken& word) { return word.kind == Kind::quoted; });
  }

  // Neither quotes nor white space within.
  static bool is_unbroken(Tokens words) {
    return !words.empty() && has_no_quotes(words) &&
           std::none_of(words.begin() + 1, words.end(),
                        [](const AuthorToken& word) { return word.spaced; });
  }

  void add(const std::string& domain) {
    if (!is_good()) return;
    if (++mailboxes_ > max_mailboxes) return fail("more than 20 addresses");
    if (std::find(domains_.begin(), domains_.end(), domain) == domains_.end())
      domains_.push_back(domain);
  }

  Tokens all_;
  Tokens rest_;
  std::string_view comments_;
  bool has_word_end_;
  bool has_group_ = false;
  bool has_comment_at_ = false;  // beside the @ of an address
  std::size_t mailboxes_ = 0;
  std::string first_local_part_;
  std::vector<std::string> domains_;
  std::string fault_;
};

using Rule = void (Parser::*)();

AuthorDomains parsed(std::string_view body, Rule rule) {
  const AuthorTokens read = author_tokens(body);
  if (!read.fault.empty()) return {.domains = {}, .fault = read.fault};
  Parser parser(read.tokens, read.comments, body.find(word_ends) != std::string_view::npos);
  (parser.*rule)();
  return parser.take_result();
}

// As it came, and as it will be sent where it has a line that is too long to be sent.
AuthorDomains parsed(const HeaderField& field, Rule rule) {
  if (field.value.size() > max_field) return {.domains = {}, .fault = "over 8 KiB"};
  AuthorDomains read = parsed(field.value, rule);
  if (!read.fault.empty() || !has_long_line(field)) return read;
  const AuthorDomains sent = parsed(with_lines_broken(field), rule);
  if (sent.fault.empty() && sent.domains == read.domains) return read;
  return {.domains = {},
          .fault = "line over 998 bytes, which says something else once an MTA breaks it"};
}

}  // namespace

AuthorDomains author_domains(const HeaderField& field) { return parsed(field, &Parser::list); }

AuthorDomains sender_domain(const HeaderField& field) { return parsed(field, &Parser::single); }

}  // namespace evidence
