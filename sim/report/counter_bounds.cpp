#include "sim/report/counter_bounds.h"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <optional>

namespace dcount::report {
namespace {

using check::Function;
using check::Operation;
using check::Outcome;

__extension__ using Wide = __int128;  // sums of deltas

/// From the line `at` on the bounds are so much higher.
struct BoundStep {
  check::Index at = 0;
  Wide least = 0;
  Wide most = 0;
};

struct Observation {
  const Operation* operation = nullptr;
  Wide value = 0;
  Wide own_delta = 0;  ///< that the value has in it
};

struct Evidence {
  Wide base = 0;
  std::vector<BoundStep> steps;  ///< by line, summed up
  std::vector<Observation> observations;
  std::string without_bounds;
};

/// An increment may be in the value from its invocation on, and is in it from its completion on.
void add_steps(std::vector<BoundStep>& steps, const Operation& operation, Wide delta) {
  if (operation.outcome == Outcome::fail) return;
  const Wide up = std::max<Wide>(delta, 0);
  const Wide down = std::min<Wide>(delta, 0);
  steps.push_back({operation.invoked, down, up});
  if (operation.outcome == Outcome::ok) steps.push_back({operation.completed, up, down});
}

/// Ids count once: from the first request that may have added them, and for sure from the first
/// that has.
class DistinctIds {
 public:
  void add(const check::History& history, const Operation& operation,
           std::vector<BoundStep>& steps) {
    if (operation.outcome == Outcome::fail) return;
    for (const std::int64_t id : history.list(operation)) {
      if (maybe_.insert(id).second) steps.push_back({operation.invoked, 0, 1});
      if (operation.outcome != Outcome::ok) continue;
      const auto [first, fresh] = surely_.try_emplace(id, operation.completed);
      first->second = std::min(first->second, operation.completed);
    }
  }
  void finish(std::vector<BoundStep>& steps) const {
    for (const auto& [id, at] : surely_) steps.push_back({at, 1, 0});
  }

 private:
  boost::unordered_flat_set<std::int64_t> maybe_;
  boost::unordered_flat_map<std::int64_t, check::Index> surely_;
};

/// A creation gives the base when it came before everything else.
std::optional<Wide> base_of(const check::KeyFacts& facts,
                            const std::vector<const Operation*>& operations) {
  const Operation* creation = nullptr;
  for (const auto* operation : operations) {
    if (operation->function != Function::create || operation->outcome == Outcome::fail) continue;
    if (creation != nullptr || operation->outcome != Outcome::ok) return std::nullopt;
    creation = operation;
  }
  if (creation == nullptr) return facts.exists ? facts.initial : 0;
  for (const auto* operation : operations) {
    const bool writes = operation->function == Function::add;
    if (writes && operation->invoked < creation->completed) return std::nullopt;
  }
  return creation->result == check::none ? creation->argument : creation->result;
}

void note_observation(const Operation& operation, std::vector<Observation>& observations) {
  const bool says = operation.outcome == Outcome::ok || operation.refused;
  if (!says) return;
  switch (operation.function) {
    case Function::add:
      if (operation.result == check::none) return;
      observations.push_back(
          {&operation, operation.result,
           operation.outcome == Outcome::ok ? Wide{operation.argument} : Wide{0}});
      return;
    case Function::read:
    case Function::count:
      if (operation.result != check::none) observations.push_back({&operation, operation.result});
      return;
    case Function::members:
      observations.push_back({&operation, operation.list_size});
      return;
    default:
      return;
  }
}

Evidence evidence_of(const check::History& history, const check::KeyFacts& facts,
                     const std::vector<const Operation*>& operations) {
  Evidence evidence;
  const auto base = base_of(facts, operations);
  evidence.base = base.value_or(0);
  if (!base) evidence.without_bounds = "it was created while others worked on it";
  DistinctIds ids;
  for (const auto* operation : operations) {
    note_observation(*operation, evidence.observations);
    const bool erases =
        operation->function == Function::reset || operation->function == Function::remove;
    if (erases && operation->outcome != Outcome::fail) {
      evidence.without_bounds = "it was also reset or deleted";
    } else if (operation->function == Function::add && operation->argument != check::none) {
      add_steps(evidence.steps, *operation, operation->argument);
    } else if (operation->function == Function::items) {
      ids.add(history, *operation, evidence.steps);
    }
  }
  ids.finish(evidence.steps);
  auto& steps = evidence.steps;
  std::sort(steps.begin(), steps.end(),
            [](const BoundStep& a, const BoundStep& b) { return a.at < b.at; });
  for (std::size_t i = 1; i < steps.size(); ++i) {
    steps[i].least += steps[i - 1].least;
    steps[i].most += steps[i - 1].most;
  }
  return evidence;
}

/// The bounds just before a line.
BoundStep bounds_before(const Evidence& evidence, check::Index line) {
  const auto after =
      std::lower_bound(evidence.steps.begin(), evidence.steps.end(), line,
                       [](const BoundStep& step, check::Index at) { return step.at < at; });
  BoundStep bounds = after == evidence.steps.begin() ? BoundStep{} : *std::prev(after);
  bounds.least += evidence.base;
  bounds.most += evidence.base;
  return bounds;
}

/// The bounds at the end of each bin.
void plot_bounds(const Evidence& evidence, const JournalTimes& times, const TimeAxis& axis,
                 CounterBounds& plot) {
  auto least = static_cast<double>(evidence.base);
  auto most = least;
  std::size_t next = 0;
  for (std::uint32_t bin = 0; bin < axis.bins; ++bin) {
    for (; next < evidence.steps.size(); ++next) {
      const auto& step = evidence.steps[next];
      if (axis.bin_of(times[step.at]) > bin) break;
      least = static_cast<double>(evidence.base + step.least);
      most = static_cast<double>(evidence.base + step.most);
    }
    plot.least.push_back(least);
    plot.most.push_back(most);
  }
}

void plot_observation(const Evidence& evidence, const Observation& observation,
                      const JournalTimes& times, const TimeAxis& axis,
                      std::vector<std::optional<CounterBounds::Seen>>& bins, CounterBounds& plot) {
  const Operation& operation = *observation.operation;
  const Wide acknowledged = bounds_before(evidence, operation.invoked).least;
  const Wide least = acknowledged + observation.own_delta;
  // Its own decrement is not yet among what has certainly been applied.
  const Wide most =
      bounds_before(evidence, operation.completed).most + std::min<Wide>(observation.own_delta, 0);
  const auto value = static_cast<double>(observation.value);
  const auto above = static_cast<double>(observation.value - least);
  const auto room = static_cast<double>(most - least);
  const std::int64_t at = times[operation.completed];
  const std::uint32_t bin = axis.bin_of(at);
  auto& seen = bins[bin];
  if (!seen) seen = CounterBounds::Seen{bin, value, value, above, above, room, 0};
  seen->min = std::min(seen->min, value);
  seen->max = std::max(seen->max, value);
  seen->above_min = std::min(seen->above_min, above);
  seen->above_max = std::max(seen->above_max, above);
  seen->room = std::max(seen->room, room);
  const bool allowed = observation.value >= least && observation.value <= most;
  if (allowed || !plot.without_bounds.empty()) return;
  ++seen->outside;
  if (plot.outliers.size() == outliers_max) {
    ++plot.outliers_left_out;
    return;
  }
  plot.outliers.push_back({operation.invoked, operation.process, at, value,
                           static_cast<double>(least), static_cast<double>(most)});
}

CounterBounds plot_of(const check::History& history, std::size_t key,
                      const std::vector<const Operation*>& operations, const JournalTimes& times,
                      const TimeAxis& axis) {
  const Evidence evidence = evidence_of(
      history, key < history.facts.size() ? history.facts[key] : check::KeyFacts{}, operations);
  CounterBounds plot;
  plot.key = history.keys[key];
  plot.without_bounds = evidence.without_bounds;
  plot.operations = operations.size();
  for (const auto* operation : operations) {
    if (operation->outcome == Outcome::unknown) ++plot.unknown;
  }
  if (plot.without_bounds.empty()) plot_bounds(evidence, times, axis, plot);
  std::vector<std::optional<CounterBounds::Seen>> bins(axis.bins);
  for (const auto& observation : evidence.observations) {
    plot_observation(evidence, observation, times, axis, bins, plot);
  }
  for (const auto& seen : bins) {
    if (seen) plot.seen.push_back(*seen);
  }
  return plot;
}

struct Interest {
  std::size_t key = 0;
  std::size_t finding = 0;  ///< the place of the first one about it
  std::uint64_t unknown = 0;
  std::uint64_t operations = 0;
};

bool counts(Function function) {
  return function == Function::add || function == Function::read || function == Function::items ||
         function == Function::count;
}

/// Every counter and tenant, the most interesting first.
std::vector<Interest> interests_of(const check::History& history,
                                   const check::Judgement& judgement) {
  std::vector<Interest> all(history.keys.size());
  boost::unordered_flat_map<std::string_view, std::size_t> findings;
  for (std::size_t i = 0; i < judgement.findings.size(); ++i) {
    if (judgement.findings[i].verdict == check::Verdict::valid) continue;
    findings.try_emplace(judgement.findings[i].key, i);
  }
  for (const auto& operation : history.operations) {
    if (!counts(operation.function)) continue;
    ++all[operation.key].operations;
    if (operation.outcome == Outcome::unknown) ++all[operation.key].unknown;
  }
  for (std::size_t key = 0; key < all.size(); ++key) {
    const auto found = findings.find(history.keys[key]);
    all[key].key = key;
    all[key].finding = found == findings.end() ? judgement.findings.size() : found->second;
  }
  std::erase_if(all, [](const Interest& interest) { return interest.operations == 0; });
  std::stable_sort(all.begin(), all.end(), [](const Interest& a, const Interest& b) {
    if (a.finding != b.finding) return a.finding < b.finding;
    if (a.unknown != b.unknown) return a.unknown > b.unknown;
    return a.operations > b.operations;
  });
  return all;
}

}  // namespace

BoundedCounters bounds_of(const check::History& history, const check::Judgement& judgement,
                          const JournalTimes& times, const TimeAxis& axis) {
  auto interests = interests_of(history, judgement);
  BoundedCounters result;
  result.left_out = interests.size() - std::min(interests.size(), counters_max);
  interests.resize(interests.size() - result.left_out);
  constexpr std::size_t nowhere = counters_max;
  std::vector<std::size_t> places(history.keys.size(), nowhere);
  for (std::size_t i = 0; i < interests.size(); ++i) places[interests[i].key] = i;
  std::vector<std::vector<const Operation*>> operations(interests.size());
  for (const auto& operation : history.operations) {
    const std::size_t place = places[operation.key];
    if (place != nowhere) operations[place].push_back(&operation);
  }
  for (std::size_t i = 0; i < interests.size(); ++i) {
    result.counters.push_back(plot_of(history, interests[i].key, operations[i], times, axis));
  }
  return result;
}

}  // namespace dcount::report
