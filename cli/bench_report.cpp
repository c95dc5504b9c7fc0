// See bench_report.h.
#include "cli/bench_report.h"

#include <algorithm>
#include <cstdio>

namespace dcount::cli::bench {
namespace {

using Json = nlohmann::ordered_json;

double rate(std::uint64_t count, double seconds) {
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

double us(std::uint64_t ns) { return static_cast<double>(ns) / 1000; }

double cpu_us_per_request(const LoopResult& result) {
  return result.sent == 0 ? 0 : result.cpu_seconds * 1e6 / static_cast<double>(result.sent);
}

/// `value` with `decimals` and, as the count of increments gets long, with thousands set apart.
std::string number(double value, int decimals = 0) {
  char digits[64];
  std::snprintf(digits, sizeof digits, "%.*f", decimals, value);
  std::string text = digits;
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::size_t first = text.front() == '-' ? 1 : 0;
  for (std::size_t at = point; at > first + 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string number(std::uint64_t value) { return number(static_cast<double>(value)); }
std::string number(std::int64_t value) { return number(static_cast<double>(value)); }

std::string latency(std::uint64_t ns) {
  return ns < 100'000'000 ? number(us(ns)) + " µs" : number(us(ns) / 1000) + " ms";
}

Json percentiles(const Histogram& histogram) {
  return {{"p50", us(histogram.percentile_ns(0.5))},
          {"p90", us(histogram.percentile_ns(0.9))},
          {"p99", us(histogram.percentile_ns(0.99))},
          {"p999", us(histogram.percentile_ns(0.999))},
          {"max", us(histogram.max_ns())},
          {"mean", us(histogram.mean_ns())}};
}

/// What is counted.
std::string operations(const BenchOptions& options) {
  if (!options.target.empty()) return "requests";
  if (options.read) return "reads";
  if (!options.draw.empty()) return "numbers";
  return options.items ? "items" : "increments";
}

std::string what(const BenchOptions& options) {
  if (!options.target.empty()) return options.target;
  std::string text = operations(options);
  if (!options.draw.empty()) text += " of " + options.draw;
  if (options.batch > 0) text += ", " + std::to_string(options.batch) + " per request";
  return text;
}

/// What they are spread over; nothing for a sequence, which has its name.
std::string keys(const BenchOptions& options) {
  if (!options.draw.empty()) return "";
  const std::string one = options.items ? "tenant" : "counter";
  return number(options.keys) + " " + one + (options.keys == 1 ? ", " : "s, ");
}

std::string throughput(const Report& report) {
  const LoopResult& result = report.result;
  const double requests_per_s = rate(result.good, result.seconds);
  const std::uint64_t each = report.operations_per_request;
  std::string text =
      number(rate(result.good * each, result.seconds)) + " " + operations(report.options) + "/s";
  if (each > 1) text += " in " + number(requests_per_s) + " requests/s";
  return text + "  (" + number(result.good) + " good answers to " + number(result.sent) +
         " requests)";
}

std::string device_line(const Report& report) {
  if (!report.device.error.empty()) return "not measured: " + report.device.error;
  const Histogram& sync = report.device.sync;
  return "fdatasync p50 " + latency(sync.percentile_ns(0.5)) + "  p99 " +
         latency(sync.percentile_ns(0.99)) + "  (" + number(sync.count()) + " appends of " +
         std::to_string(append_bytes) + " bytes in " + report.options.fsync_dir + ", no load)";
}

std::string verification_line(const Verification& verification, bool items) {
  if (!verification.error.empty()) return "no: " + verification.error;
  return std::string(verification.holds() ? "yes" : "NO") + ": " +
         (items ? "the tenants" : "the counters") + " have grown by " + number(verification.grown) +
         "; acknowledged " + number(verification.acknowledged) + ", sent " +
         number(verification.sent);
}

}  // namespace

bool Verification::holds() const {
  const auto [least, most] = std::minmax(acknowledged, sent);  // --by may be negative
  return error.empty() && least <= grown && grown <= most;
}

Json to_json(const Report& report) {
  const BenchOptions& options = report.options;
  const LoopResult& result = report.result;
  const std::uint64_t done = result.good * report.operations_per_request;
  Json json = {{"server", report.server},
               {"protocol", options.protocol},
               {"workload", what(options)},
               {"connections", options.connections},
               {"threads", options.threads},
               {"pipeline", options.pipeline},
               {"keys", options.keys},
               {"batch", options.batch},
               {"operations", operations(options)},
               {"seconds", result.seconds},
               {"sent", result.sent},
               {"good", result.good},
               {"requests_per_s", rate(result.good, result.seconds)},
               {"operations_per_s", rate(done, result.seconds)},
               {"latency_us", percentiles(result.latency)},
               {"errors", result.errors},
               {"reconnects", result.reconnects},
               {"generator_cpu_us_per_request", cpu_us_per_request(result)},
               {"interrupted", report.interrupted}};
  if (report.device.sync.count() > 0) {
    json["fdatasync_us"] = percentiles(report.device.sync);
    json["fdatasync_us"]["samples"] = report.device.sync.count();
    json["fdatasync_us"]["append_bytes"] = append_bytes;
    json["fdatasync_us"]["directory"] = options.fsync_dir;
  } else {
    json["fdatasync_us"] = nullptr;
  }
  if (const auto& verification = report.verification) {
    json["verification"] = {{"holds", verification->holds()},
                            {"grown", verification->grown},
                            {"acknowledged", verification->acknowledged},
                            {"sent", verification->sent}};
    if (!verification->error.empty()) json["verification"]["error"] = verification->error;
  }
  return json;
}

std::string to_text(const Report& report) {
  const BenchOptions& options = report.options;
  const LoopResult& result = report.result;
  std::string text = what(options) + " on " + report.server + " (" + options.protocol + "), " +
                     keys(options) + number(options.connections) + " connections, " +
                     number(result.seconds, 1) + " s" +
                     (report.interrupted ? ", interrupted" : "") + "\n\n";
  const auto line = [&text](const char* name, const std::string& value) {
    text += "  " + std::string(name) + std::string(12 - std::string_view(name).size(), ' ') +
            value + "\n";
  };
  line("throughput", throughput(report));
  const Histogram& times = result.latency;
  line("latency", "p50 " + latency(times.percentile_ns(0.5)) + "  p90 " +
                      latency(times.percentile_ns(0.9)) + "  p99 " +
                      latency(times.percentile_ns(0.99)) + "  p99.9 " +
                      latency(times.percentile_ns(0.999)) + "  max " + latency(times.max_ns()));
  std::string errors;
  for (const auto& [label, count] : result.errors) {
    errors += (errors.empty() ? "" : ", ") + label + ": " + number(count);
  }
  line("errors", errors.empty() ? "none" : errors);
  line("generator", number(cpu_us_per_request(result), 1) + " µs CPU per request");
  if (options.fsync_samples > 0) line("device", device_line(report));
  if (report.verification) line("verified", verification_line(*report.verification, options.items));
  return text;
}

}  // namespace dcount::cli::bench
