#include "sim/report/journal_times.h"

#include <simdjson.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace dcount::report {
namespace {

constexpr std::size_t piece_bytes = std::size_t{1} << 20;
constexpr std::int64_t untimed = -1;
/// A line's index above this is not believed: memory follows it.
constexpr std::uint64_t index_max = std::uint64_t{1} << 31;

class LineTimes {
 public:
  /// `line` has SIMDJSON_PADDING bytes behind its end that may be read.
  void add(const char* line, std::size_t size) {
    simdjson::ondemand::document document;
    const simdjson::padded_string_view text(line, size, size + simdjson::SIMDJSON_PADDING);
    if (parser_.iterate(text).get(document) != simdjson::SUCCESS) return;
    simdjson::ondemand::object fields;
    if (document.get_object().get(fields) != simdjson::SUCCESS) return;
    std::uint64_t index = times_.at.size();
    if (fields["index"].get_uint64().get(index) != simdjson::SUCCESS) {
      std::string_view type;
      if (fields["type"].get_string().get(type) == simdjson::SUCCESS && type == "header") return;
      index = times_.at.size();
    }
    if (index > index_max) return;
    std::int64_t time = untimed;
    if (fields["time"].get_int64().get(time) != simdjson::SUCCESS || time < 0) time = untimed;
    if (index >= times_.at.size()) times_.at.resize(index + 1, untimed);
    times_.at[index] = time;
    times_.timed = times_.timed || time != untimed;
  }

  JournalTimes finish() && {
    std::int64_t before = 0;
    for (std::size_t i = 0; i < times_.at.size(); ++i) {
      std::int64_t& time = times_.at[i];
      if (!times_.timed) time = static_cast<std::int64_t>(i);
      if (time == untimed) time = before;
      before = time;
      times_.latest = std::max(times_.latest, time);
    }
    return std::move(times_);
  }

 private:
  simdjson::ondemand::parser parser_;
  JournalTimes times_;
};

}  // namespace

void cover(JournalTimes& times, const check::History& history) {
  if (times.timed) return;
  check::Index last = 0;
  for (const auto& operation : history.operations) {
    last = std::max(last, operation.invoked);
    if (operation.completed != check::never) last = std::max(last, operation.completed);
  }
  while (times.at.size() <= last) times.at.push_back(static_cast<std::int64_t>(times.at.size()));
  times.latest = times.at.back();
}

Result<JournalTimes> read_times(const std::filesystem::path& journal) {
  const auto close = [](std::FILE* file) { std::fclose(file); };
  const std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(journal.c_str(), "rbe"), close);
  if (!file) {
    return Error{Certainty::definite,
                 "cannot read " + journal.string() + ": " + std::strerror(errno)};
  }
  LineTimes times;
  std::vector<char> buffer;
  std::size_t held = 0;  // of an unfinished line, at the buffer's beginning
  while (true) {
    if (buffer.size() < held + piece_bytes + simdjson::SIMDJSON_PADDING) {
      buffer.resize(held + piece_bytes + simdjson::SIMDJSON_PADDING);
    }
    const std::size_t got = std::fread(buffer.data() + held, 1, piece_bytes, file.get());
    const char* const end = buffer.data() + held + got;
    const char* line = buffer.data();
    while (const void* newline = std::memchr(line, '\n', static_cast<std::size_t>(end - line))) {
      const char* const stop = static_cast<const char*>(newline);
      if (stop > line) times.add(line, static_cast<std::size_t>(stop - line));
      line = stop + 1;
    }
    held = static_cast<std::size_t>(end - line);
    if (got == 0) {
      if (std::ferror(file.get()) != 0) {
        return Error{Certainty::definite, "cannot read " + journal.string() + " to its end"};
      }
      if (held > 0) times.add(line, held);
      return std::move(times).finish();
    }
    std::memmove(buffer.data(), line, held);
  }
}

}  // namespace dcount::report
