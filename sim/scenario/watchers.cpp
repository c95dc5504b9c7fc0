#include "sim/scenario/watchers.h"

#include <algorithm>
#include <thread>

namespace dcount::sim {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// Nothing is hurt yet when subscribers connect.
constexpr milliseconds connect_time{10'000};
constexpr milliseconds list_time{1'000};
constexpr milliseconds between_looks{20};
/// Of sockets that are to fill up while nobody reads.
constexpr int small_receive_buffer_bytes = 16 * 1024;

milliseconds left_until(Clock::time_point end) {
  return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(end - Clock::now()));
}

int receive_buffer_of(const Scenario& scenario) {
  const bool slow = std::ranges::any_of(
      scenario.faults, [](const FaultSpec& fault) { return fault.kind == FaultKind::slow_reader; });
  return slow ? small_receive_buffer_bytes : 0;
}

bool has_all(const Result<std::vector<MirrorRow>>& table, const Revisions& wanted) {
  if (!table) return false;
  Revisions have;
  for (const MirrorRow& row : *table) have[row.key] = row.revision;
  return std::ranges::all_of(wanted, [&](const auto& one) {
    const auto found = have.find(one.first);
    return found != have.end() && found->second >= one.second;
  });
}

}  // namespace

Watchers::Watchers(const Scenario& scenario, const std::vector<std::string>& counters,
                   Testbed& testbed, Recorder& recorder)
    : scenario_(scenario),
      counters_(counters),
      testbed_(testbed),
      recorder_(recorder),
      subscribers_(scenario.workloads, counters, testbed.servers(), recorder, scenario.seed,
                   receive_buffer_of(scenario)) {
  testbed_.attach(&subscribers_);
}

Watchers::~Watchers() { testbed_.attach(nullptr); }

Result<void> Watchers::start() {
  if (auto started = start_mirrors(); !started) return started;
  return subscribers_.start(connect_time);
}

Result<void> Watchers::start_mirrors() {
  const auto& servers = testbed_.servers();
  for (const WorkloadSpec& spec : scenario_.workloads) {
    if (spec.kind != WorkloadKind::mirror || counters_.empty()) continue;
    for (std::int64_t client = 0; client < *spec.clients; ++client) {
      const std::size_t number = testbed_.mirrors().size();
      MirrorSettings mirror{.server_url = servers[number % servers.size()].endpoint.url()};
      const std::string& key = counters_[number % counters_.size()];
      if (spec.watch == Watch::collection) mirror.collection = key.substr(0, key.find('/'));
      if (auto started = testbed_.start_mirror(mirror); !started) return started;
    }
  }
  return {};
}

std::vector<Watchers::Wrong> Watchers::finish(milliseconds at_most) {
  if (subscribers_.size() == 0 && testbed_.mirrors().empty()) return {};
  const auto end = Clock::now() + at_most;
  // The one that was read from last has everything that anybody has read.
  const ServerPlace& server = testbed_.servers().back();
  auto revisions = list_revisions(server, list_time);
  while (!revisions && Clock::now() < end) revisions = list_revisions(server, list_time);
  if (!revisions) return {{"liveness", revisions.error().message}};
  std::vector<Wrong> wrong;
  const auto add = [&](const char* judge, std::string what) {
    if (!what.empty()) wrong.push_back({judge, std::move(what)});
  };
  add("liveness", subscribers_.finish(*revisions, left_until(end)));
  add("tails", subscribers_.wrong());
  for (const MirrorProcess& mirror : testbed_.mirrors()) {
    add("liveness", note_table(mirror, *revisions, end));
  }
  return wrong;
}

/// Once it has all of `revisions`, or the time is over.
std::string Watchers::note_table(const MirrorProcess& mirror, const Revisions& revisions,
                                 Clock::time_point end) {
  const Revisions wanted = selected(revisions, mirror.selection());
  auto table = mirror.read_table();
  while (!has_all(table, wanted) && Clock::now() < end) {
    std::this_thread::sleep_for(between_looks);
    table = mirror.read_table();
  }
  if (!table) return "the table of " + mirror.name() + " cannot be read: " + table.error().message;
  Json rows = Json::array();
  for (const MirrorRow& row : *table) {
    rows.push_back(Json::array({row.key, row.value ? Json(*row.value) : Json(nullptr)}));
  }
  Json value{{"phase", "table"}, {"rows", std::move(rows)}};
  value["keys"] = mirror.selection();
  recorder_.tail(mirror.name(), value);
  if (has_all(table, wanted)) return "";
  return mirror.name() + " does not have all that the server lists; its log ends with:\n" +
         end_of_log(mirror.log());
}

}  // namespace dcount::sim
