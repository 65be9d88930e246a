// SPDX-License-Identifier: BSD-2-Clause
#include "ctl/decisions.h"

#include <algorithm>
#include <cstdio>

#include "ctl/command.h"
#include "ctl/progress.h"
#include "ctl/table.h"
#include "milter/evidence/record.h"
#include "util/format.h"
#include "util/line_reader.h"

namespace ctl {

namespace {

using util::Error;
using util::format;

constexpr std::uint64_t most_said = 10;
constexpr std::uint64_t between_looks = 4096;  // decisions

class LogReader {
 public:
  LogReader(const UseDecision& use, Progress& progress) : use_(use), progress_(progress) {}

  util::Status read(const std::string& file) {
    auto lines = util::LineReader::open(file);
    if (!lines) return lines.error();
    std::string_view line;
    while (lines->next(line)) {
      if (const util::Status used = take(line, file, *lines); !used) return used;
    }
    if (!lines->fault().empty()) broken(lines->fault());
    return util::Done{};
  }

  const ReadCounts& counts() const { return counts_; }

 private:
  util::Status take(std::string_view line, const std::string& file, const util::LineReader& lines) {
    static_assert(util::LineReader::padding >= util::JsonReader::padding);
    if (!json_.read_padded(line) || !json_.root().is_object()) {
      broken(place(file, lines) + ": no JSON object");
      return util::Done{};
    }
    const util::JsonValue& record = json_.root();
    const util::JsonValue schema = record.at("schema");
    if (schema.number() != evidence::record_schema) {
      // A number is another schema; anything else is a line of something else.
      if (schema.number() > 0)
        return Error{format("{}: schema {}, expected {}", place(file, lines), schema.number(),
                            evidence::record_schema),
                     exit_data};
      broken(place(file, lines) + ": no record of a decision");
      return util::Done{};
    }
    if (!evidence::read_evidence(record, evidence_)) {
      broken(place(file, lines) + ": a record that can't be read");
      return util::Done{};
    }
    ++counts_.decisions;
    use_(record, evidence_);
    if (counts_.decisions % between_looks == 0)
      progress_.at(lines.position(), lines.file_size(), format("{} decisions", counts_.decisions));
    return util::Done{};
  }

  static std::string place(const std::string& file, const util::LineReader& lines) {
    return format("{}:{}", file == "-" ? "standard input" : file, lines.line_number());
  }

  void broken(const std::string& what) {
    ++counts_.broken;
    if (counts_.broken <= most_said) std::fprintf(stderr, "tenantctl: %s\n", what.c_str());
    if (counts_.broken == most_said + 1)
      std::fputs("tenantctl: more broken lines follow, which are only counted\n", stderr);
  }

  const UseDecision& use_;
  Progress& progress_;
  util::JsonReader json_;
  policy::Evidence evidence_;  // of one record after the other
  ReadCounts counts_;
};

}  // namespace

util::Result<ReadCounts> read_decisions(const std::vector<std::string>& files,
                                        const UseDecision& use) {
  Progress progress("reading");
  LogReader reader(use, progress);
  for (const std::string& file : files) {
    if (const util::Status read = reader.read(file); !read) return read.error();
  }
  return reader.counts();
}

util::Result<std::vector<std::string>> decision_files(const util::Arguments& arguments,
                                                      std::size_t skipped) {
  const auto& given = arguments.positional;
  std::vector<std::string> files(given.begin() + static_cast<std::ptrdiff_t>(skipped), given.end());
  if (!files.empty()) return files;
  const auto settings = daemon_settings(arguments);
  if (!settings) return settings.error();
  if (settings->decision_log.empty())
    return Error{"no decision log is named, and the configuration has none", exit_usage};
  return std::vector<std::string>{settings->decision_log};
}

bool is_about(const util::JsonValue& record, const std::string& sender) {
  const auto senders = record.at("senders").elements();
  return std::any_of(senders.begin(), senders.end(),
                     [&](const util::JsonValue& one) { return one.text() == sender; });
}

std::string broken_note(const ReadCounts& counts) {
  if (counts.broken == 0) return "";
  return format("; {} {} left out", counted(counts.broken, "broken line"),
                counts.broken == 1 ? "was" : "were");
}

}  // namespace ctl
