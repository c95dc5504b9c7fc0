#include "cli/tail_record.h"

#include <simdjson.h>

namespace dcount::cli {
namespace {

using Object = simdjson::dom::object;

std::optional<std::int64_t> integer_at(const Object& json, std::string_view name) {
  std::int64_t value = 0;
  return json[name].get(value) == simdjson::SUCCESS ? std::optional(value) : std::nullopt;
}

/// "" when it is not there, or no text.
std::string_view text_at(const Object& json, std::string_view name) {
  std::string_view text;
  return json[name].get(text) == simdjson::SUCCESS ? text : std::string_view();
}

bool has(const Object& json, std::string_view name) {
  return json[name].error() == simdjson::SUCCESS;
}

}  // namespace

std::optional<TailRecord> parse_tail_record(std::string_view line) {
  thread_local simdjson::dom::parser parser;
  Object json;
  if (parser.parse(line.data(), line.size()).get(json) != simdjson::SUCCESS) return {};
  const auto revision = integer_at(json, "rev");
  if (!revision || *revision < 0) return {};
  TailRecord record{.line = std::string(line), .revision = *revision};
  if (has(json, "complete") && json["complete"].get(record.complete) != simdjson::SUCCESS) {
    return {};
  }
  if (!has(json, "id")) return record.complete ? std::optional(record) : std::nullopt;
  const std::string_view id = text_at(json, "id");
  if (id.empty()) return {};
  record.counter = text_at(json, "c");
  if (!record.counter.empty()) record.counter += '/';
  record.counter += id;
  record.n = integer_at(json, "n");
  const bool deleted = integer_at(json, "d") == 1;
  if (record.n.has_value() == deleted) return {};
  return record;
}

}  // namespace dcount::cli
