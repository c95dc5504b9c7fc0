#include "sim/scenario/shrink.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <string>

#include "sim/scenario/contradiction.h"

namespace dcount::sim {
namespace {

using Clock = std::chrono::steady_clock;

/// Less load shows nothing any more, however it fails.
constexpr double duration_min_s = 0.5;

class Shrinker {
 public:
  Shrinker(const Scenario& scenario, const std::function<bool(const Scenario&)>& fails,
           const ShrinkOptions& options)
      : best_(scenario), fails_(fails), options_(options) {}

  Shrunk operator()() {
    bool smaller = true;
    while (smaller && !over()) {
      // What makes the runs to come shorter comes first; faults are the most.
      smaller = in_less_time();
      smaller |= without_workloads();
      smaller |= with_fewer_clients();
      smaller |= without_faults();
    }
    return {best_, runs_};
  }

 private:
  bool over() const {
    return runs_ >= options_.runs_max ||
           Clock::now() - began_ > std::chrono::duration<double>(options_.seconds_max);
  }

  bool keep_if_it_fails(const Scenario& candidate) {
    // A fault of what is not there any more: nobody could read it again.
    if (!contradiction(candidate).empty()) return false;
    const std::string text = to_json(candidate).dump();
    if (sound_.contains(text)) return false;
    for (int i = 0; i < options_.tries && !over(); ++i) {
      ++runs_;
      if (!fails_(candidate)) continue;
      best_ = candidate;
      return true;
    }
    if (!over()) sound_.insert(text);
    return false;
  }

  /// Parts of the list that can go, large ones first.
  template <class T>
  bool without_parts(std::vector<T> Scenario::*list, std::size_t least) {
    bool smaller = false;
    for (std::size_t part = (best_.*list).size(); part > 0; part /= 2) {
      for (std::size_t at = 0; at < (best_.*list).size() && !over();) {
        Scenario candidate = best_;
        auto& items = candidate.*list;
        const std::size_t count = std::min(part, items.size() - at);
        items.erase(items.begin() + static_cast<std::ptrdiff_t>(at),
                    items.begin() + static_cast<std::ptrdiff_t>(at + count));
        if (items.size() >= least && keep_if_it_fails(candidate)) {
          smaller = true;
        } else {
          at += count;
        }
      }
    }
    return smaller;
  }

  bool without_faults() { return without_parts(&Scenario::faults, 0); }
  bool without_workloads() { return without_parts(&Scenario::workloads, 1); }

  /// One is tried first, then halves.
  bool with_fewer_clients() {
    bool smaller = false;
    for (std::size_t i = 0; i < best_.workloads.size(); ++i) {
      if (!over()) smaller |= with_clients(i, 1);
      while (!over() && with_clients(i, *best_.workloads[i].clients / 2)) smaller = true;
    }
    return smaller;
  }

  /// And with as much fewer keys.
  bool with_clients(std::size_t workload, std::int64_t clients) {
    const std::int64_t before = *best_.workloads[workload].clients;
    if (clients < 1 || clients >= before) return false;
    Scenario candidate = best_;
    WorkloadSpec& spec = candidate.workloads[workload];
    spec.clients = clients;
    if (spec.keys) spec.keys = std::max<std::int64_t>(1, *spec.keys * clients / before);
    return keep_if_it_fails(candidate);
  }

  /// Half the time, with what was to happen in it.
  bool in_less_time() {
    if (best_.duration_s / 2 < duration_min_s || over()) return false;
    Scenario candidate = best_;
    candidate.duration_s /= 2;
    std::erase_if(candidate.faults, [&](const FaultSpec& fault) {
      return fault.at_s.value_or(0) >= candidate.duration_s;
    });
    return keep_if_it_fails(candidate);
  }

  Scenario best_;
  const std::function<bool(const Scenario&)>& fails_;
  const ShrinkOptions options_;
  const Clock::time_point began_ = Clock::now();
  std::set<std::string> sound_;  ///< candidates that did not fail in all their tries
  int runs_ = 0;
};

}  // namespace

Shrunk shrink(const Scenario& scenario, const std::function<bool(const Scenario&)>& fails,
              const ShrinkOptions& options) {
  return Shrinker(scenario, fails, options)();
}

std::int64_t clients_of(const Scenario& scenario) {
  std::int64_t clients = 0;
  for (const WorkloadSpec& workload : scenario.workloads) clients += workload.clients.value_or(0);
  return clients;
}

}  // namespace dcount::sim
