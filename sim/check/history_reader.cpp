#include "sim/check/history_reader.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "sim/check/journal.h"
#include "sim/check/record_parser.h"
#include "sim/check/record_source.h"

namespace dcount::check {
namespace {

/// Two lines, and hardly shorter ones. Memory that is not written to costs nothing.
constexpr std::uint64_t operation_bytes_min = 130;

}  // namespace

std::string ReadError::text() const {
  return line == 0 ? message : "line " + std::to_string(line) + ": " + message;
}

ReadResult read_history(const std::filesystem::path& file) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) return ReadError{0, "it is a directory"};
  std::ifstream input(file, std::ios::binary);
  if (!input) return ReadError{0, std::strerror(errno)};
  bool regular = std::filesystem::is_regular_file(file, ignored);
  return read_history(input, regular ? std::filesystem::file_size(file, ignored) : 0);
}

ReadResult read_history(std::istream& input, std::uint64_t bytes) {
  RecordSource source(input);
  bool edn = source.syntax() == Syntax::edn;
  auto parser = edn ? make_edn_parser() : make_json_parser();
  Journal journal(edn);
  journal.builder().history().operations.reserve(bytes / operation_bytes_min);
  Record record;
  std::string_view text;
  while (source.next(text)) {
    record.clear();
    std::string wrong = parser->parse(text, record);
    if (wrong.empty()) wrong = journal.add(record);
    if (!wrong.empty()) return ReadError{source.line(), std::move(wrong)};
  }
  if (!source.error().empty()) return ReadError{source.line(), source.error()};
  return journal.finish();
}

}  // namespace dcount::check
