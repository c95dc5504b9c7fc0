// See bench_command.h. A run has up to five phases, each a load of its own: sum of the counters
// (or of the tenants' items) before, preload, warm-up, the one that is measured, sum after.
#include "cli/bench_command.h"

#include <sys/resource.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "cli/bench_device.h"
#include "cli/bench_load.h"
#include "cli/bench_options.h"
#include "cli/bench_report.h"
#include "cli/interruption.h"
#include "cli/progress.h"

namespace dcount::cli {
namespace {

using namespace bench;

constexpr std::chrono::milliseconds device_time_max{1'000};

/// The connections are spread over them.
struct Servers {
  std::string names;  ///< "127.0.0.1:8080,127.0.0.1:8081"
  std::vector<Address> addresses;
};

class Bench {
 public:
  Bench(const BenchOptions& options, Context& context, Servers servers, std::string api_key)
      : context_(context), addresses_(std::move(servers.addresses)) {
    report_.options = options;
    report_.server = std::move(servers.names);
    workload_.protocol = options.redis() ? Protocol::redis : Protocol::http;
    workload_.host = report_.server.substr(0, report_.server.find(','));
    workload_.api_key = std::move(api_key);
    workload_.collection = options.collection;
    workload_.target = options.target;
    workload_.sequence = options.draw;
    workload_.items = options.items;
    workload_.keys = options.keys;
    workload_.by = options.by;
    workload_.batch = options.batch;
    workload_.read = options.read;
    workload_.keyed = options.keyed;
    report_.operations_per_request = workload_.operations_per_request();
  }

  ExitCode run() {
    const GracefulInterruption interruption;
    const BenchOptions& options = report_.options;
    if (options.fsync_samples > 0) {
      report_.device = measure_device(options.fsync_dir, options.fsync_samples, device_time_max);
    }
    std::optional<std::uint64_t> before;
    if (options.verify) before = sum_of_values();
    if (failure_.empty() && options.preload) preload();
    const Seconds warmup = *parse_duration(options.warmup);
    if (failure_.empty() && warmup.count() > 0) load("warm-up", workload_, for_time(warmup));
    if (failure_.empty()) report_.result = load("bench", workload_, measured());
    if (!failure_.empty()) return context_.output.fail(ExitCode::unavailable, failure_);
    report_.interrupted = interrupted();
    if (options.verify && !report_.interrupted) verify(before);
    if (context_.output.json()) {
      context_.output.document(to_json(report_));
    } else {
      context_.output.text(to_text(report_));
    }
    if (report_.interrupted) return ExitCode::interrupted;
    return report_.good() ? ExitCode::ok : ExitCode::error;
  }

 private:
  LoadOptions common() const {
    LoadOptions load{.servers = addresses_};
    load.connections = report_.options.connections;
    load.threads = report_.options.threads;
    load.pipeline = report_.options.pipeline;
    load.seed = report_.options.seed;
    return load;
  }

  LoadOptions for_time(Seconds time) const {
    LoadOptions load = common();
    load.duration = time;
    return load;
  }

  LoadOptions every_key_once() const {
    LoadOptions load = common();
    load.requests = workload_.keys;
    load.sequential_keys = true;
    return load;
  }

  LoadOptions measured() const {
    const BenchOptions& options = report_.options;
    const std::string_view time = options.duration.empty() ? default_duration : options.duration;
    LoadOptions load = for_time(*parse_duration(time));
    if (options.requests > 0) {
      load.duration = std::nullopt;
      load.requests = options.requests;
    }
    return load;
  }

  /// Runs one phase and adds to what was sent and acknowledged. Nothing runs once interrupted.
  LoopResult load(const char* phase, const Workload& workload, const LoadOptions& options) {
    if (interrupted()) return {};
    Progress progress(context_.output.err_is_terminal() && !context_.output.json(), phase,
                      options.requests.value_or(0), ProgressUnit::items);
    LoadResult result = run_load(workload, options, [&](std::uint64_t answered, double) {
      progress.at(answered);
      return !interrupted();
    });
    if (!result.error.empty() && !interrupted()) failure_ = report_.server + ": " + result.error;
    const std::uint64_t operations = workload.read ? 0 : workload.operations_per_request();
    sent_ += result.total.sent * operations;
    acknowledged_ += result.total.good * operations;
    return std::move(result.total);
  }

  void preload() {
    Workload single = workload_;
    single.read = single.keyed = false;
    single.batch = 0;
    const LoopResult result = load("preload", single, every_key_once());
    if (!result.errors.empty()) {
      context_.output.note("preload: " + std::to_string(result.sent - result.good) +
                           " requests failed, the first of them: " + result.errors.begin()->first);
    }
  }

  /// Of counters, or of the counts of tenants. Nothing, when not every one could be read.
  std::optional<std::uint64_t> sum_of_values() {
    Workload reads = workload_;
    reads.read = true;
    reads.keyed = false;
    reads.batch = 0;
    reads.by = 1;
    LoadOptions options = every_key_once();
    options.sum_values = true;
    const LoopResult result = load("reading", reads, options);
    if (result.good != workload_.keys) return std::nullopt;
    return result.value_sum;
  }

  void verify(std::optional<std::uint64_t> before) {
    const std::optional<std::uint64_t> after = sum_of_values();
    Verification& verification = report_.verification.emplace();
    if (!before || !after) {
      verification.error = "the values could not be read";
      return;
    }
    verification.grown = static_cast<std::int64_t>(*after - *before);
    verification.acknowledged = static_cast<std::int64_t>(acknowledged_) * workload_.by;
    verification.sent = static_cast<std::int64_t>(sent_) * workload_.by;
  }

  Context& context_;
  std::vector<Address> addresses_;
  Workload workload_;
  Report report_;
  std::string failure_;  ///< why a phase could not even begin
  std::uint64_t sent_ = 0;
  std::uint64_t acknowledged_ = 0;
};

/// As many descriptors as this process may have: the default of 1024 is soon used up.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// Error: a host that does not exist.
client::Result<Servers> resolve_all(const std::vector<client::Endpoint>& endpoints) {
  Servers servers;
  for (const client::Endpoint& endpoint : endpoints) {
    const std::optional<Address> address = resolve(endpoint.host, endpoint.port);
    if (!address) {
      return client::ClientError{.kind = client::ErrorKind::unavailable,
                                 .detail = "no such host: " + endpoint.host};
    }
    servers.addresses.push_back(*address);
    const std::string url = endpoint.url();
    servers.names += (servers.names.empty() ? "" : ",") + url.substr(url.find("//") + 2);
  }
  return servers;
}

ExitCode run_bench(const BenchOptions& options, Context& context) {
  if (const std::string wrong = check(options); !wrong.empty()) {
    return context.output.fail(ExitCode::usage, wrong);
  }
  const client::Result<std::string> api_key = context.api_key();
  if (!api_key) return fail(context, api_key.error());
  client::Result<Servers> servers = resolve_all(context.endpoints());
  if (!servers) return fail(context, servers.error());
  raise_descriptor_limit();
  return Bench(options, context, std::move(*servers), options.redis() ? "" : *api_key).run();
}

}  // namespace

void add_bench(CLI::App& app, Context& context) {
  auto options = std::make_shared<BenchOptions>();
  CLI::App& command = add_command(
      app, "bench", "Load on a server, or spread over several, with percentiles",
      {"dcount bench --connections 50 --duration 5s", "dcount bench --keys 100000 --verify",
       "dcount bench --keys 100000 --preload --batch 100 --json",
       "dcount bench --draw forward --batch 100", "dcount bench --items --batch 10000 --keys 10",
       "dcount bench --protocol redis --server 127.0.0.1:6379",
       "dcount bench --server a:8080,b:8080,c:8080 --connections 300"});
  const auto option = [&command](const char* name, auto& value, const char* help) {
    return command.add_option(name, value, help)->capture_default_str();
  };
  option("--connections", options->connections, "Connections, each with one request in flight");
  option("--threads", options->threads, "Threads that share the connections");
  option("--pipeline", options->pipeline, "Requests in flight on each connection");
  command.add_option("--duration", options->duration, "How long: 5s, 500ms, 2m [5s]");
  command.add_option("--requests", options->requests, "This many requests instead");
  option("--warmup", options->warmup, "Load before the measured one");
  option("--keys", options->keys, "1: one hot counter or tenant; more: chosen at random");
  option("--by", options->by, "What each increment adds");
  command.add_option("--draw", options->draw,
                     "Numbers of this sequence instead: GET /v1/forward, /v2/…?count=BATCH");
  command.add_flag("--items", options->items, "Items of fresh ids instead: POST /items");
  command.add_option("--batch", options->batch,
                     "Increments (POST /batch, up to 1000), numbers or items per request");
  command.add_flag("--keyed", options->keyed, "An Idempotency-Key in every request");
  command.add_flag("--read", options->read, "Reads instead of writes");
  command.add_flag("--preload", options->preload, "Increments every counter once before");
  command.add_flag("--verify", options->verify,
                   "Checks that the counters or tenants have grown by what was acknowledged");
  option("--collection", options->collection,
         "Counters are COLLECTION/k0 …, tenants COLLECTION_k0 …");
  command.add_option("--target", options->target,
                     "Another request than dcount's: 'GET /INCR/{key}'");
  option("--protocol", options->protocol, "http, or redis: INCR, INCRBY, GET COLLECTION:k0 …");
  option("--seed", options->seed, "Of the random choice of counters or tenants");
  option("--fsync-dir", options->fsync_dir, "Whose device's fdatasync is measured");
  option("--fsync-samples", options->fsync_samples, "How often; 0: not at all");
  on_run(command, context, [options, &context] { return run_bench(*options, context); });
}

}  // namespace dcount::cli
