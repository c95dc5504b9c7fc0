#include "sim/scenario/scenario.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

#include "sim/scenario/contradiction.h"

namespace dcount::sim {
namespace {

template <class Enum, std::size_t n>
using WordList = std::array<std::pair<std::string_view, Enum>, n>;

constexpr WordList<EngineKind, 2> engines{
    {{"embedded", EngineKind::embedded}, {"etcd", EngineKind::etcd}}};
constexpr WordList<WorkloadKind, 6> workload_kinds{{{"counters", WorkloadKind::counters},
                                                    {"sequence", WorkloadKind::sequence},
                                                    {"items", WorkloadKind::items},
                                                    {"packages", WorkloadKind::packages},
                                                    {"tails", WorkloadKind::tails},
                                                    {"mirror", WorkloadKind::mirror}}};
constexpr WordList<TailFormat, 5> tail_formats{{{"ndjson", TailFormat::ndjson},
                                                {"sse", TailFormat::sse},
                                                {"ws", TailFormat::ws},
                                                {"lockstep", TailFormat::lockstep},
                                                {"mixed", TailFormat::mixed}}};
constexpr WordList<Watch, 4> watches{{{"all", Watch::all},
                                      {"collection", Watch::collection},
                                      {"keys", Watch::keys},
                                      {"mixed", Watch::mixed}}};
constexpr WordList<Deltas, 2> delta_kinds{{{"one", Deltas::one}, {"mixed", Deltas::mixed}}};
constexpr WordList<Mode, 3> modes{
    {{"strict", Mode::strict}, {"cached", Mode::cached}, {"gapless", Mode::gapless}}};
constexpr WordList<Reach, 2> reaches{{{"home", Reach::home}, {"all", Reach::all}}};
constexpr WordList<FaultKind, 23> fault_kinds{{{"kill", FaultKind::kill},
                                               {"restart", FaultKind::restart},
                                               {"rolling", FaultKind::rolling},
                                               {"pause", FaultKind::pause},
                                               {"isolate", FaultKind::isolate},
                                               {"halves", FaultKind::halves},
                                               {"ring", FaultKind::ring},
                                               {"cut", FaultKind::cut},
                                               {"one-way", FaultKind::one_way},
                                               {"latency", FaultKind::latency},
                                               {"bandwidth", FaultKind::bandwidth},
                                               {"reset", FaultKind::reset},
                                               {"refuse", FaultKind::refuse},
                                               {"hang", FaultKind::hang},
                                               {"clock", FaultKind::clock},
                                               {"disk-full", FaultKind::disk_full},
                                               {"fail-sync", FaultKind::fail_sync},
                                               {"compaction", FaultKind::compaction},
                                               {"membership", FaultKind::membership},
                                               {"slow-reader", FaultKind::slow_reader},
                                               {"corrupt-blob", FaultKind::corrupt_blob},
                                               {"empty-disk", FaultKind::empty_disk},
                                               {"packages-full", FaultKind::packages_full}}};
constexpr WordList<Amid, 3> amids{
    {{"upload", Amid::upload}, {"transfer", Amid::transfer}, {"repair", Amid::repair}}};

template <class Enum, std::size_t n>
Words<Enum> all(const WordList<Enum, n>& list) {
  return Words<Enum>(list.data(), list.size());
}

constexpr Bounds share{0, 1};
constexpr Bounds seconds{0, 3600};

}  // namespace

// Found by their arguments, so in the namespace of these.

template <class Fields>
static void describe(Fields& fields, ClusterSpec& cluster) {
  fields.field("engine", cluster.engine, all(engines));
  fields.field("servers", cluster.servers, Bounds{1, 9});
  if (cluster.engine == EngineKind::etcd || Fields::reads) {
    fields.field("members", cluster.members, Bounds{1, 9});
  }
  fields.field("plant", cluster.plant);
  fields.field("replicas", cluster.replicas, Bounds{1, 9});
  fields.field("server_options", cluster.server_options);
}

template <class Fields>
static void describe(Fields& fields, WorkloadSpec& workload) {
  fields.field("kind", workload.kind, all(workload_kinds));
  fields.field("clients", workload.clients, Bounds{1, 200});
  fields.field("rate", workload.rate, Bounds{0, 100'000});
  fields.field("operations", workload.operations, Bounds{1, 100'000'000});
  fields.field("reach", workload.reach, all(reaches));
  fields.field("answer_s", workload.answer_s, Bounds{0.01, 60});
  fields.field("retry_s", workload.retry_s, Bounds{0, 600});
  fields.field("keyed", workload.keyed);
  fields.field("keys", workload.keys, Bounds{1, 100'000});
  fields.field("deltas", workload.deltas, all(delta_kinds));
  fields.field("returned", workload.returned);
  fields.field("reads", workload.reads, share);
  fields.field("resets", workload.resets, share);
  fields.field("batches", workload.batches, share);
  fields.field("min", workload.min);
  fields.field("max", workload.max);
  fields.field("mode", workload.mode, all(modes));
  fields.field("cache", workload.cache, Bounds{1, 100'000});
  fields.field("count_max", workload.count_max, Bounds{1, 100});
  fields.field("last", workload.last, Bounds{1, 9e15});
  fields.field("tenants", workload.tenants, Bounds{1, 10'000});
  fields.field("batch_max", workload.batch_max, Bounds{1, 10'000});
  fields.field("doubles", workload.doubles, share);
  fields.field("owners", workload.owners, Bounds{1, 100});
  fields.field("bytes_max", workload.bytes_max, Bounds{1000, 64 << 20});
  fields.field("removes", workload.removes, share);
  fields.field("expires", workload.expires, share);
  fields.field("lives_s", workload.lives_s, Bounds{1, 3600});
  fields.field("format", workload.format, all(tail_formats));
  fields.field("watch", workload.watch, all(watches));
  fields.field("snapshots", workload.snapshots, share);
}

template <class Fields>
static void describe(Fields& fields, FaultSpec& fault) {
  fields.field("kind", fault.kind, all(fault_kinds));
  fields.field("target", fault.target);
  fields.field("to", fault.to);
  fields.field("at_s", fault.at_s, seconds);
  fields.field("for_s", fault.for_s, seconds);
  fields.field("every_s", fault.every_s, Bounds{0.01, 3600});
  fields.field("every_max_s", fault.every_max_s, Bounds{0.01, 3600});
  fields.field("latency_ms", fault.latency_ms, Bounds{0, 60'000});
  fields.field("jitter_ms", fault.jitter_ms, Bounds{0, 60'000});
  fields.field("bytes_s", fault.bytes_s, Bounds{1, 1e12});
  fields.field("jump_ms", fault.jump_ms, Bounds{-1e12, 1e12});
  fields.field("amid", fault.amid, all(amids));
  fields.field("reset_on_heal", fault.reset_on_heal);
}

template <class Fields>
static void describe(Fields& fields, Limits& limits) {
  fields.field("ready_s", limits.ready_s, seconds);
  fields.field("final_s", limits.final_s, seconds);
}

template <class Fields>
static void describe(Fields& fields, Scenario& scenario) {
  fields.field("about", scenario.about);
  fields.field("expect", scenario.expect);
  auto seed = static_cast<std::int64_t>(scenario.seed);
  fields.field("seed", seed, Bounds{0, 9e18});
  scenario.seed = static_cast<std::uint64_t>(seed);
  fields.object("cluster", scenario.cluster);
  fields.field("duration_s", scenario.duration_s, Bounds{0.1, 24 * 3600});
  fields.objects("workloads", scenario.workloads);
  fields.objects("faults", scenario.faults);
  fields.object("limits", scenario.limits);
}

Result<Scenario> parse_scenario(const std::string& text) {
  Json json;
  try {
    json = Json::parse(text, nullptr, true, true);
  } catch (const Json::parse_error& error) {
    return Error{Certainty::definite, std::string("no JSON: ") + error.what()};
  }
  Scenario scenario;
  std::string error;
  FieldReader fields(json, "", error);
  describe(fields, scenario);
  fields.finish();
  if (error.empty()) error = contradiction(scenario);
  if (!error.empty()) return Error{Certainty::definite, error};
  return scenario;
}

Result<Scenario> load_scenario(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::stringstream text;
  if (!stream || !(text << stream.rdbuf())) {
    return Error{Certainty::definite, "cannot read " + file.string()};
  }
  auto scenario = parse_scenario(text.str());
  if (!scenario) return Error{Certainty::definite, file.string() + ": " + scenario.error().message};
  return scenario;
}

Json to_json(Scenario scenario) {
  Json json;
  FieldWriter fields(json);
  describe(fields, scenario);
  return json;
}

bool needs_faulty_server(FaultKind kind) {
  return kind == FaultKind::clock || kind == FaultKind::disk_full || kind == FaultKind::fail_sync ||
         kind == FaultKind::packages_full;
}

bool hurts_packages(FaultKind kind) {
  return kind == FaultKind::corrupt_blob || kind == FaultKind::empty_disk ||
         kind == FaultKind::packages_full;
}

std::int64_t replicas_of(const ClusterSpec& cluster) {
  constexpr std::int64_t by_default = 2;
  return cluster.replicas.value_or(by_default);
}

bool has_packages(const Scenario& scenario) {
  return std::ranges::any_of(scenario.workloads, [](const WorkloadSpec& workload) {
    return workload.kind == WorkloadKind::packages;
  });
}

bool operates(WorkloadKind kind) {
  return kind != WorkloadKind::tails && kind != WorkloadKind::mirror;
}

bool hurts_a_link(FaultKind kind) {
  switch (kind) {
    case FaultKind::cut:
    case FaultKind::one_way:
    case FaultKind::latency:
    case FaultKind::bandwidth:
    case FaultKind::reset:
    case FaultKind::refuse:
    case FaultKind::hang:
      return true;
    default:
      return false;
  }
}

std::string_view name(FaultKind kind) { return word(all(fault_kinds), kind); }
std::string_view name(TailFormat format) { return word(all(tail_formats), format); }
std::string_view name(WorkloadKind kind) { return word(all(workload_kinds), kind); }
std::string_view name(EngineKind kind) { return word(all(engines), kind); }

}  // namespace dcount::sim
