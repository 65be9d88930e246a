// SPDX-License-Identifier: BSD-2-Clause
#include "milter/evidence/zone.h"

#include <sysexits.h>

#include <algorithm>
#include <cstdbool>  // else libldns makes macros of bool, true and false
#include <cstdio>
#include <optional>
#include <set>

extern "C" {
#include <ldns/ldns.h>
}

#include "milter/evidence/dns_record.h"
#include "util/file.h"
#include "util/format.h"
#include "util/handle.h"
#include "util/text.h"

namespace evidence {

namespace {

using util::Error;

constexpr int most_aliases = 10;
constexpr std::uint32_t default_ttl = 3600;
constexpr std::string_view wildcard_label = "\\042";  // "*" as presented_name writes it

struct RecordSet {
  std::uint32_t ttl = default_ttl;
  std::vector<std::string> data;  // wire form
};

// The records of the file by name and type.
class Zone {
 public:
  void add(const std::string& name, std::uint16_t type, std::uint32_t ttl, std::string rdata) {
    RecordSet& set = records_[name][type];
    set.ttl = ttl;
    // A record set has no record twice (RFC 2181 5).
    if (std::find(set.data.begin(), set.data.end(), rdata) == set.data.end())
      set.data.push_back(std::move(rdata));
    for (std::string parent = name; names_.insert(parent).second && !parent.empty();)
      parent = parent_of(parent);
  }

  DnsAnswer answer(const Question& question) const {
    std::string name = question.name;
    for (int aliases = 0; aliases <= most_aliases; ++aliases) {
      const auto* types = types_of(name);
      if (types == nullptr) return {.outcome = DnsAnswer::Outcome::no_such_name};
      if (const RecordSet* set = find(*types, question.type)) return read(*set, question.type);
      const RecordSet* alias = find(*types, RecordType::cname);
      if (alias == nullptr) return {.outcome = DnsAnswer::Outcome::no_data};
      const auto target = presented_name(alias->data.front());
      if (!target) return {};
      name = *target;
    }
    return {};
  }

 private:
  using Types = std::map<std::uint16_t, RecordSet>;

  // Each dot of a presented name parts two labels.
  static std::string parent_of(const std::string& name) {
    const auto dot = name.find('.');
    return dot == std::string::npos ? "" : name.substr(dot + 1);
  }

  static const RecordSet* find(const Types& types, RecordType type) {
    const auto found = types.find(static_cast<std::uint16_t>(type));
    return found == types.end() ? nullptr : &found->second;
  }

  static DnsAnswer read(const RecordSet& set, RecordType type) {
    DnsAnswer answer{.ttl = set.ttl};
    for (const std::string& rdata : set.data) add_record(answer, type, rdata);
    answer.outcome =
        answer.data.empty() ? DnsAnswer::Outcome::no_data : DnsAnswer::Outcome::records;
    return answer;
  }

  // What the name has, by itself or by a wildcard; null where it does not exist. A name
  // that only has others below it exists (RFC 8020), and hides a wildcard.
  const Types* types_of(const std::string& name) const {
    static const Types nothing;
    if (names_.contains(name)) return own_types(name, &nothing);
    std::string encloser = name;
    while (!encloser.empty() && !names_.contains(encloser)) encloser = parent_of(encloser);
    const std::string wildcard =
        util::format("{}{}{}", wildcard_label, encloser.empty() ? "" : ".", encloser);
    return names_.contains(wildcard) ? own_types(wildcard, &nothing) : nullptr;
  }

  const Types* own_types(const std::string& name, const Types* otherwise) const {
    const auto found = records_.find(name);
    return found == records_.end() ? otherwise : &found->second;
  }

  std::map<std::string, Types> records_;
  std::set<std::string> names_;  // those with records, and all above them
};

class ZoneResolver : public Resolver {
 public:
  explicit ZoneResolver(Zone zone) : zone_(std::move(zone)) {}

  std::shared_ptr<Flight> ask(const Question& question, const Asker&) override {
    auto flight = std::make_shared<Flight>();
    flight->land(std::make_shared<const DnsAnswer>(zone_.answer(question)));
    return flight;
  }

 private:
  const Zone zone_;
};

std::string_view bytes_of(const ldns_rdf* field) {
  return {reinterpret_cast<const char*>(ldns_rdf_data(field)), ldns_rdf_size(field)};
}

void close_file(FILE* file) { std::fclose(file); }

// The line of a quote that its line does not close, or of a parenthesis that nothing
// closes: libldns takes both.
std::optional<int> open_line(std::string_view text) {
  int line = 1;
  std::vector<int> parentheses;
  bool is_quoted = false;
  bool is_comment = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      if (is_quoted) return line;
      is_comment = false;
      ++line;
    } else if (c == '\\' && !is_comment && i + 1 < text.size() && text[i + 1] != '\n') {
      ++i;
    } else if (c == '"' && !is_comment) {
      is_quoted = !is_quoted;
    } else if (!is_quoted && !is_comment) {
      is_comment = c == ';';
      if (c == '(') parentheses.push_back(line);
      if (c == ')' && !parentheses.empty()) parentheses.pop_back();
    }
  }
  return parentheses.empty() ? std::nullopt : std::optional(parentheses.front());
}

// What libldns keeps from one record to the next.
class Reader {
 public:
  Reader(std::string_view text, FILE* file)
      : text_(text),
        file_(file),
        origin_(ldns_dname_new_frm_str(".")),
        owner_(ldns_rdf_clone(origin_)) {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() {
    ldns_rdf_deep_free(origin_);
    ldns_rdf_deep_free(owner_);
  }

  // Reads the next record or directive into the zone; gives what is wrong with it.
  std::optional<std::string> read(Zone& zone) {
    ldns_rr* read = nullptr;
    const auto start = static_cast<std::size_t>(std::ftell(file_));
    const util::Handle<ldns_rdf, ldns_rdf_deep_free> origin(ldns_rdf_clone(origin_));
    const ldns_status status =
        ldns_rr_new_frm_fp_l(&read, file_, &ttl_, &origin_, &owner_, &lines_);
    const util::Handle<ldns_rr, ldns_rr_free> record(read);
    switch (status) {
      case LDNS_STATUS_OK:
        return add(*record, zone);
      case LDNS_STATUS_SYNTAX_EMPTY:  // a line without a record
      case LDNS_STATUS_SYNTAX_TTL:    // $TTL, read
        return std::nullopt;
      case LDNS_STATUS_SYNTAX_ORIGIN:
        // libldns takes every origin as absolute.
        if (!names_absolute(start)) ldns_dname_cat(origin_, origin.get());
        return std::nullopt;
      case LDNS_STATUS_SYNTAX_INCLUDE:
        return "$INCLUDE is not read here";
      default:
        return ldns_get_errorstr_by_id(status);
    }
  }

  bool is_at_end() const { return std::feof(file_) != 0; }
  int lines() const { return lines_; }

 private:
  static std::optional<std::string> add(const ldns_rr& record, Zone& zone) {
    if (ldns_rr_get_class(&record) != LDNS_RR_CLASS_IN) return "a class other than IN";
    const auto name = presented_name(bytes_of(ldns_rr_owner(&record)));
    if (!name) return "a name that is too long";
    std::string rdata;
    for (std::size_t i = 0; i < ldns_rr_rd_count(&record); ++i)
      rdata += bytes_of(ldns_rr_rdf(&record, i));
    zone.add(*name, static_cast<std::uint16_t>(ldns_rr_get_type(&record)), ldns_rr_ttl(&record),
             std::move(rdata));
    return std::nullopt;
  }

  // Whether the directive that begins here gives a name with a final dot.
  bool names_absolute(std::size_t start) const {
    const std::string_view line = text_.substr(start, text_.find('\n', start) - start);
    return util::trimmed(line.substr(0, line.find(';'))).ends_with('.');
  }

  std::string_view text_;
  FILE* file_;
  std::uint32_t ttl_ = default_ttl;
  ldns_rdf* origin_;
  ldns_rdf* owner_;  // of the record before, for a line that begins with white space
  int lines_ = 0;    // read so far
};

}  // namespace

util::Result<std::unique_ptr<Resolver>> make_zone_resolver(const std::string& path) {
  auto text = util::read_file(path);
  if (!text) return text.error();
  if (!text->ends_with('\n')) text->push_back('\n');
  const util::Handle<FILE, close_file> file(::fmemopen(text->data(), text->size(), "r"));
  if (!file) return Error{util::format("{}: no memory to read it", path), EX_OSERR};
  Zone zone;
  if (const auto line = open_line(*text))
    return Error{util::format("{}:{}: a quote or parenthesis that is not closed", path, *line),
                 EX_DATAERR};
  Reader reader(*text, file.get());
  while (!reader.is_at_end()) {
    const int line = reader.lines() + 1;
    if (const auto wrong = reader.read(zone))
      return Error{util::format("{}:{}: {}", path, line, *wrong), EX_DATAERR};
  }
  return std::unique_ptr<Resolver>(std::make_unique<ZoneResolver>(std::move(zone)));
}

}  // namespace evidence
