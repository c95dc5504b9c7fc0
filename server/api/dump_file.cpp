#include "server/api/dump_file.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "server/core/consistency.h"
#include "server/core/names.h"
#include "server/core/records.h"

namespace dcount::api {
namespace {

using nlohmann::json;

Error definite(std::string message) { return {Certainty::definite, std::move(message)}; }

Error bad_line(std::size_t number, const std::string& why) {
  return definite("line " + std::to_string(number) + " of the dump: " + why);
}

/// No revision, version or time comes near: what is added to one must not overflow.
constexpr std::int64_t number_max = std::int64_t{1} << 62;

struct Line {
  std::string key;
  std::string value;
  Revision revision = 0;
};

/// -1 when there is no such number in the object.
std::int64_t number_of(const json& object, const char* name) {
  const auto member = object.find(name);
  if (member == object.end() || !member->is_number_integer()) return -1;
  const auto number = member->get<std::int64_t>();
  return number >= 0 && number <= number_max ? number : -1;
}

/// nullopt when the line is no record; the caller knows whether it should be one.
std::optional<Line> parse_record(const std::string& text) {
  const json line = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!line.is_object() || !line.contains("key") || !line["key"].is_string() ||
      !line.contains("value") || !line["value"].is_string() || !line.contains("revision") ||
      number_of(line, "revision") < 0) {
    return std::nullopt;
  }
  return Line{line["key"].get<std::string>(), line["value"].get<std::string>(),
              line["revision"].get<Revision>()};
}

}  // namespace

Result<DumpSummary> write_dump(engine::Engine& engine, const std::string& path,
                               std::int64_t now_ms) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << json{{"dcount", "dump"}, {"format", 1}, {"at", now_ms}}.dump() << '\n';
  DumpSummary summary;
  bool incomplete = false;
  const auto revision = engine.dump([&](const Entry& entry) {
    incomplete = incomplete || entry.key == core::restoring_key;
    if (!core::is_dumped(entry.key)) return;
    json line;
    line["key"] = entry.key;
    line["value"] = entry.value.value_or("");
    line["revision"] = entry.revision;
    file << line.dump(-1, ' ', false, json::error_handler_t::replace) << '\n';
    ++summary.records;
  });
  if (!revision) return revision.error();
  if (incomplete) return definite("a restore is not complete: what is here is not all");
  summary.revision = *revision;
  file << json{{"end", true}, {"records", summary.records}, {"revision", summary.revision}}.dump()
       << '\n';
  file.close();
  if (!file) return definite("the dump could not be written to " + path);
  return summary;
}

Result<CheckedDump> check_dump(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  CheckedDump dump;
  std::string text;
  if (!std::getline(file, text)) return definite("the dump is empty");
  const json head = json::parse(text, nullptr, false);
  if (!head.is_object() || !head.contains("dcount") || head["dcount"] != "dump") {
    return bad_line(1, "this is no dump of dcount");
  }
  if (number_of(head, "format") != 1) return bad_line(1, "a format this version does not know");

  std::size_t number = 1;
  core::Consistency consistency;
  for (std::uint64_t offset = text.size() + 1; std::getline(file, text);
       offset += text.size() + 1) {
    ++number;
    if (const auto line = parse_record(text)) {
      if (!core::is_readable(line->key, line->value)) {
        return bad_line(number, "a record this version cannot read: " + line->key);
      }
      consistency.add(line->key, line->value);
      dump.lines.emplace_back(line->revision, offset);
      continue;
    }
    const json end = json::parse(text, nullptr, false);
    if (!end.is_object() || !end.contains("end")) return bad_line(number, "neither record nor end");
    dump.summary = {dump.lines.size(), number_of(end, "revision")};
    if (number_of(end, "records") != static_cast<std::int64_t>(dump.lines.size())) {
      return bad_line(number, "records are missing");
    }
    if (dump.summary.revision < 0) return bad_line(number, "its revision is no revision");
    if (const std::string fault = consistency.fault(); !fault.empty()) {
      return definite("the dump contradicts itself: what belongs to " + fault +
                      " is not as counted");
    }
    std::ranges::stable_sort(dump.lines, {}, &std::pair<Revision, std::uint64_t>::first);
    return dump;
  }
  return definite("the dump has no end: it was cut off");
}

Result<void> read_dump(const std::string& path, const CheckedDump& dump, std::size_t records_max,
                       std::size_t bytes_max, const std::function<bool(std::vector<Write>)>& take) {
  std::ifstream file(path, std::ios::binary);
  std::vector<Write> records;
  std::size_t bytes = 0;
  std::string text;
  for (std::size_t i = 0; i < dump.lines.size(); ++i) {
    file.seekg(static_cast<std::streamoff>(dump.lines[i].second));
    std::getline(file, text);
    auto line = parse_record(text);
    if (!file || !line) return definite("the dump changed while it was read");
    bytes += line->key.size() + line->value.size();
    records.push_back({std::move(line->key), std::move(line->value)});
    const bool last = i + 1 == dump.lines.size();
    if (records.size() < records_max && bytes < bytes_max && !last) continue;
    bytes = 0;
    if (!take(std::exchange(records, {}))) return {};
  }
  return {};
}

}  // namespace dcount::api
