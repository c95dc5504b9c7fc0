// See bench_options.h.
#include "cli/bench_options.h"

#include <algorithm>
#include <charconv>

namespace dcount::cli::bench {
namespace {

bool is_collection(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

/// "METHOD /path", without anything that would end the line.
bool is_target(std::string_view text) {
  const std::size_t space = text.find(' ');
  if (space == 0 || space == std::string_view::npos) return false;
  const std::string_view method = text.substr(0, space);
  const std::string_view path = text.substr(space + 1);
  return std::all_of(method.begin(), method.end(), [](char c) { return c >= 'A' && c <= 'Z'; }) &&
         path.starts_with('/') &&
         std::all_of(path.begin(), path.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

std::string range(std::string_view name, std::uint64_t value, std::uint64_t max) {
  if (value >= 1 && value <= max) return "";
  return std::string(name) + " must be from 1 to " + std::to_string(max);
}

std::string check_ranges(const BenchOptions& options) {
  for (const std::string& wrong :
       {range("--connections", options.connections, connections_max),
        range("--threads", options.threads, std::min(threads_max, options.connections)),
        range("--pipeline", options.pipeline, pipeline_max),
        range("--keys", options.keys, keys_max),
        range("--batch", std::max(1u, options.batch), batch_ops_max)}) {
    if (!wrong.empty()) return wrong;
  }
  if (options.by == 0) return "--by must not be 0";
  if (!is_collection(options.collection)) {
    return "--collection must be 1 to 128 of the characters A-Z a-z 0-9 _";
  }
  return "";
}

}  // namespace

std::optional<Seconds> parse_duration(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (unit == "ms") {
    value /= 1000;
  } else if (unit == "m" || unit == "min") {
    value *= 60;
  } else if (!unit.empty() && unit != "s") {
    return std::nullopt;
  }
  if (!(value >= 0 && value <= Seconds(duration_max).count())) return std::nullopt;
  return Seconds(value);
}

std::string check(const BenchOptions& options) {
  if (std::string wrong = check_ranges(options); !wrong.empty()) return wrong;
  if (options.protocol != "http" && options.protocol != "redis") {
    return "--protocol must be http or redis";
  }
  if (options.requests > 0 && !options.duration.empty()) {
    return "--requests and --duration exclude each other";
  }
  const auto duration =
      parse_duration(options.duration.empty() ? default_duration : options.duration);
  if (!duration || duration->count() == 0) return "--duration must be like 5s, 500ms or 2m";
  if (!parse_duration(options.warmup)) return "--warmup must be like 1s, 500ms or 2m";
  if (options.redis() && (options.batch > 0 || options.keyed || !options.target.empty())) {
    return "--batch, --keyed and --target are for HTTP; Redis has --pipeline";
  }
  if (options.read && (options.batch > 0 || options.keyed || options.by != 1)) {
    return "--read goes with none of --batch, --keyed and --by";
  }
  if (!options.target.empty()) {
    if (!is_target(options.target)) return "--target must be like 'GET /path/{key}'";
    if (options.batch > 0 || options.read || options.by != 1) {
      return "--target goes with none of --batch, --read and --by";
    }
  }
  if (options.verify && (options.read || !options.target.empty())) {
    return "--verify needs increments, without --target";
  }
  return "";
}

}  // namespace dcount::cli::bench
