// See bench_options.h.
#include "cli/bench_options.h"

#include <algorithm>
#include <charconv>

namespace dcount::cli::bench {
namespace {

/// Names go into requests as they are.
bool is_name(std::string_view text, std::string_view also) {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           also.find(c) != std::string_view::npos;
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

std::uint32_t batch_max(const BenchOptions& options) {
  if (options.items) return batch_items_max;
  return options.draw.empty() ? batch_ops_max : batch_numbers_max;
}

std::string check_ranges(const BenchOptions& options) {
  for (const std::string& wrong :
       {range("--connections", options.connections, connections_max),
        range("--threads", options.threads, std::min(threads_max, options.connections)),
        range("--pipeline", options.pipeline, pipeline_max),
        range("--keys", options.keys, keys_max),
        range("--batch", std::max(1u, options.batch), batch_max(options))}) {
    if (!wrong.empty()) return wrong;
  }
  if (options.by == 0) return "--by must not be 0";
  if (!is_name(options.collection, "_")) {
    return "--collection must be 1 to 128 of the characters A-Z a-z 0-9 _";
  }
  return "";
}

/// What one request is, and which options go with it.
std::string check_operation(const BenchOptions& options) {
  const bool draws = !options.draw.empty();
  const bool targets = !options.target.empty();
  if (draws && !is_name(options.draw, "_.-")) return "--draw must name a sequence, like forward";
  if (options.redis() && (options.keyed || targets || options.items)) {
    return "--keyed, --target and --items are for HTTP";
  }
  if (options.redis() && options.batch > 0 && !draws) {
    return "--batch is for HTTP, or with --draw; Redis has --pipeline";
  }
  if (options.read && (options.batch > 0 || options.keyed || options.by != 1)) {
    return "--read goes with none of --batch, --keyed and --by";
  }
  if (draws && (options.items || options.read || options.by != 1 || options.keys != 1)) {
    return "--draw goes with none of --items, --read, --by and --keys";
  }
  if (options.items && options.by != 1) return "--items does not go with --by";
  if (targets && !is_target(options.target)) return "--target must be like 'GET /path/{key}'";
  if (targets && (options.batch > 0 || options.read || draws || options.items || options.by != 1)) {
    return "--target goes with none of --batch, --read, --draw, --items and --by";
  }
  if (options.preload && (draws || options.items)) return "--preload is for counters";
  if (options.verify && (options.read || targets || draws)) {
    return "--verify needs increments or items, without --target";
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
  return check_operation(options);
}

}  // namespace dcount::cli::bench
