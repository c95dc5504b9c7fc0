#include "sim/scenario/draw.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/scenario/random.h"

namespace dcount::sim {
namespace {

constexpr std::size_t faults_max = 10'000;
/// Each is an archive that is made, checked and synced, and not some bytes.
constexpr double packages_slower = 8;

/// Times are rounded to what people read.
double rounded(double seconds) { return std::round(seconds * 1000) / 1000; }

template <class T, class Value>
void unless_said(std::optional<T>& field, Value value) {
  // Drawn in any case, so that saying one thing does not change all that is drawn after it.
  if (!field) field = static_cast<T>(value);
}

void draw_counters(WorkloadSpec& workload, Random& random) {
  unless_said(workload.keys, random.between(std::int64_t{1}, std::int64_t{4}));
  unless_said(workload.deltas, random.chance(0.5) ? Deltas::one : Deltas::mixed);
  unless_said(workload.returned, *workload.deltas == Deltas::mixed || random.chance(0.8));
  unless_said(workload.reads, rounded(random.between(0.15, 0.5)));
  const bool varied = *workload.deltas == Deltas::mixed;
  const double resets = rounded(random.between(0.0, 0.02));
  const double batches = rounded(random.between(0.0, 0.15));
  unless_said(workload.resets, varied ? resets : 0.0);
  unless_said(workload.batches, varied ? batches : 0.0);
}

void draw_sequence(WorkloadSpec& workload, Random& random) {
  const auto mode = static_cast<Mode>(random.below(3));
  unless_said(workload.mode, mode);
  const std::int64_t cache = random.between(std::int64_t{5}, std::int64_t{50});
  if (*workload.mode == Mode::cached) unless_said(workload.cache, cache);
  unless_said(workload.count_max, random.between(std::int64_t{1}, std::int64_t{5}));
}

void draw_items(WorkloadSpec& workload, Random& random) {
  unless_said(workload.tenants, random.between(std::int64_t{1}, std::int64_t{3}));
  unless_said(workload.batch_max, random.between(std::int64_t{1}, std::int64_t{20}));
  unless_said(workload.doubles, rounded(random.between(0.0, 0.5)));
  unless_said(workload.reads, rounded(random.between(0.1, 0.3)));
}

void draw_packages(WorkloadSpec& workload, Random& random) {
  unless_said(workload.owners, random.between(std::int64_t{2}, std::int64_t{3}));
  unless_said(workload.bytes_max, random.between(std::int64_t{4'000}, std::int64_t{100'000}));
  unless_said(workload.reads, rounded(random.between(0.3, 0.6)));
  unless_said(workload.removes, rounded(random.between(0.0, 0.08)));
  unless_said(workload.expires, 0.0);
  if (*workload.expires > 0) unless_said(workload.lives_s, 3.0);
}

/// Of who watches there is no more to say.
void draw_watching(WorkloadSpec& workload, Random random) {
  const bool tails = workload.kind == WorkloadKind::tails;
  const std::int64_t clients = random.between(std::int64_t{4}, std::int64_t{8});
  unless_said(workload.clients, tails ? clients : 1);
  const bool all = random.chance(0.5);
  unless_said(workload.reach, tails && all ? Reach::all : Reach::home);
  unless_said(workload.answer_s, rounded(random.between(0.4, 1.5)));
  const bool collection = random.chance(0.5);
  if (tails) {
    unless_said(workload.format, TailFormat::mixed);
    unless_said(workload.snapshots, rounded(random.between(0.2, 0.8)));
  }
  unless_said(workload.watch, tails ? Watch::mixed : collection ? Watch::collection : Watch::all);
}

void draw_workload(WorkloadSpec& workload, Random random) {
  if (!operates(workload.kind)) return draw_watching(workload, random);
  unless_said(workload.clients, random.between(std::int64_t{3}, std::int64_t{8}));
  const bool packages = workload.kind == WorkloadKind::packages;
  const double rate = random.between(150.0, 500.0);
  unless_said(workload.rate, std::round(packages ? rate / packages_slower : rate));
  unless_said(workload.reach, random.chance(0.6) ? Reach::home : Reach::all);
  unless_said(workload.answer_s, rounded(random.between(0.4, 1.5)));
  unless_said(workload.retry_s, random.chance(0.5) ? 0.0 : 5.0);
  unless_said(workload.keyed, packages || *workload.retry_s > 0 || random.chance(0.5));
  switch (workload.kind) {
    case WorkloadKind::counters:
      return draw_counters(workload, random);
    case WorkloadKind::sequence:
      return draw_sequence(workload, random);
    case WorkloadKind::items:
      return draw_items(workload, random);
    case WorkloadKind::packages:
      return draw_packages(workload, random);
    case WorkloadKind::tails:
    case WorkloadKind::mirror:
      return;
  }
}

/// How many clients of a kind there are.
std::int64_t clients_of(const Scenario& drawn, WorkloadKind kind) {
  std::int64_t clients = 0;
  for (const WorkloadSpec& workload : drawn.workloads) {
    if (workload.kind == kind) clients += *workload.clients;
  }
  return clients;
}

bool of_the_whole(FaultKind kind) {
  return kind == FaultKind::rolling || kind == FaultKind::halves || kind == FaultKind::ring ||
         kind == FaultKind::compaction;
}

std::string one_of(const char* what, std::int64_t count, Random& random) {
  return what + (":" + std::to_string(1 + random.below(static_cast<std::uint64_t>(count))));
}

/// "server" and "member" become one of them; what is missing, any process.
void draw_target(std::optional<std::string>& target, const ClusterSpec& cluster, bool server,
                 Random& random) {
  const bool embedded = cluster.engine == EngineKind::embedded;
  const std::string some_server = one_of("server", cluster.servers, random);
  const std::string some_member = one_of("member", cluster.members, random);
  const bool tails = random.chance(0.5);
  if (!target) target = server || embedded || tails ? "server" : "member";
  if (*target == "server") target = some_server;
  if (*target == "member") target = some_member;
}

void draw_link(FaultSpec& fault, const ClusterSpec& cluster, Random& random) {
  const bool embedded = cluster.engine == EngineKind::embedded;
  // One member has no link to another one.
  const std::uint64_t kind = embedded ? 0 : random.below(cluster.members > 1 ? 3 : 2);
  if (!fault.target) fault.target = kind == 0 ? "clients" : kind == 1 ? "server" : "member";
  if (!fault.to) fault.to = *fault.target == "clients" ? "server" : "member";
  draw_target(fault.target, cluster, true, random);
  draw_target(fault.to, cluster, true, random);
  while (*fault.to == *fault.target && cluster.members > 1) {
    fault.to = one_of("member", cluster.members, random);
  }
}

/// The scenario's workloads are drawn already.
void draw_fault(FaultSpec& fault, const Scenario& scenario, Random& random) {
  const double latest = std::max(0.1, scenario.duration_s * 0.7);
  unless_said(fault.at_s, rounded(random.between(std::min(0.3, latest / 2), latest)));
  unless_said(fault.for_s, rounded(random.between(0.2, 1.2)));
  if (hurts_a_link(fault.kind)) {
    draw_link(fault, scenario.cluster, random);
  } else if (fault.kind == FaultKind::slow_reader) {
    if (!fault.target) fault.target = random.chance(0.5) ? "tails" : "tail";
    if (*fault.target == "tail") {
      fault.target = one_of("tail", clients_of(scenario, WorkloadKind::tails), random);
    }
  } else if (!of_the_whole(fault.kind)) {
    if (fault.kind == FaultKind::membership && !fault.target) fault.target = "member";
    const bool server =
        needs_faulty_server(fault.kind) || hurts_packages(fault.kind) || fault.amid.has_value();
    draw_target(fault.target, scenario.cluster, server, random);
    if (*fault.target == "mirror") {
      fault.target = one_of("mirror", clients_of(scenario, WorkloadKind::mirror), random);
    }
  }
  if (fault.kind == FaultKind::latency) {
    unless_said(fault.latency_ms, std::round(random.between(20.0, 300.0)));
    unless_said(fault.jitter_ms, std::round(random.between(0.0, *fault.latency_ms / 2)));
  }
  if (fault.kind == FaultKind::bandwidth) {
    unless_said(fault.bytes_s, random.between(std::int64_t{5'000}, std::int64_t{100'000}));
  }
  if (fault.kind == FaultKind::clock) {
    unless_said(fault.jump_ms, random.between(std::int64_t{-10'000}, std::int64_t{10'000}));
  }
  if (fault.kind == FaultKind::cut || fault.kind == FaultKind::one_way) {
    unless_said(fault.reset_on_heal, random.chance(0.5));
  }
}

/// A fault that comes again and again, as single ones. Each draws what it leaves open anew.
void draw_faults(const FaultSpec& fault, const Scenario& scenario, Random& random,
                 std::vector<FaultSpec>& into) {
  if (!fault.every_s) {
    draw_fault(into.emplace_back(fault), scenario, random);
    return;
  }
  const double most = std::max(*fault.every_s, fault.every_max_s.value_or(*fault.every_s * 2));
  double at = fault.at_s.value_or(rounded(random.between(0.1, *fault.every_s)));
  while (rounded(at) < scenario.duration_s && into.size() < faults_max) {
    FaultSpec one = fault;
    one.every_s.reset();
    one.every_max_s.reset();
    one.at_s = rounded(at);
    draw_fault(one, scenario, random);
    at += *one.for_s + random.between(*fault.every_s, most);
    into.push_back(std::move(one));
  }
}

}  // namespace

Scenario draw(const Scenario& scenario, std::uint64_t seed) {
  Scenario drawn = scenario;
  drawn.seed = seed;
  Random random(seed);
  for (WorkloadSpec& workload : drawn.workloads) draw_workload(workload, Random(random.next()));
  drawn.faults.clear();
  for (const FaultSpec& fault : scenario.faults) {
    Random own(random.next());
    draw_faults(fault, drawn, own, drawn.faults);
  }
  std::stable_sort(drawn.faults.begin(), drawn.faults.end(),
                   [](const FaultSpec& a, const FaultSpec& b) { return *a.at_s < *b.at_s; });
  return drawn;
}

}  // namespace dcount::sim
