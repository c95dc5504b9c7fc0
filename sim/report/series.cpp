#include "sim/report/series.h"

#include <algorithm>
#include <span>

namespace dcount::report {
namespace {

enum class Group { all, reads, writes };

bool belongs(const check::Operation& operation, Group part) {
  using check::Function;
  const bool reads =
      operation.function == Function::read || operation.function == Function::count ||
      operation.function == Function::members ||
      (check::on_package(operation.function) && operation.function != Function::add_package &&
       operation.function != Function::remove_package);
  return part == Group::all || reads == (part == Group::reads);
}

/// Reorders the values.
Latency::Quantiles quantiles_of(std::span<std::int64_t> values) {
  if (values.empty()) return {};
  const auto at = [&](std::size_t percent) {
    const std::size_t place = (values.size() * percent + 99) / 100 - 1;
    const auto nth = values.begin() + static_cast<std::ptrdiff_t>(place);
    std::nth_element(values.begin(), nth, values.end());
    return *nth;
  };
  return {at(50), at(90), at(99), *std::max_element(values.begin(), values.end())};
}

template <class Visit>
void each_latency(const check::History& history, const JournalTimes& times, Group part,
                  const Visit& visit) {
  for (std::size_t i = 0; i < history.operations.size(); ++i) {
    const auto& operation = history.operations[i];
    if (operation.outcome != check::Outcome::ok || !belongs(operation, part)) continue;
    if (continues_group(history, i)) continue;
    const std::int64_t ended = times[operation.completed];
    visit(ended, std::max<std::int64_t>(0, ended - times[operation.invoked]));
  }
}

Latency latency_of(const check::History& history, const JournalTimes& times, const TimeAxis& axis,
                   Group part) {
  // The values of each bin side by side: counted first, then put in their places.
  std::vector<std::size_t> ends(axis.bins + 1, 0);
  each_latency(history, times, part,
               [&](std::int64_t ended, std::int64_t) { ++ends[axis.bin_of(ended) + 1]; });
  for (std::size_t bin = 1; bin <= axis.bins; ++bin) ends[bin] += ends[bin - 1];
  std::vector<std::int64_t> values(ends.back());
  std::vector<std::size_t> next(ends.begin(), ends.end() - 1);
  each_latency(history, times, part, [&](std::int64_t ended, std::int64_t latency) {
    values[next[axis.bin_of(ended)]++] = latency;
  });
  Latency result;
  for (std::uint32_t bin = 0; bin < axis.bins; ++bin) {
    result.bins.push_back(
        quantiles_of(std::span(values).subspan(ends[bin], ends[bin + 1] - ends[bin])));
  }
  result.whole = quantiles_of(values);
  return result;
}

}  // namespace

bool continues_group(const check::History& history, std::size_t operation) {
  if (operation == 0) return false;
  const auto& now = history.operations[operation];
  const auto& before = history.operations[operation - 1];
  return now.group != 0 && now.group == before.group;
}

Series series_of(const check::History& history, const JournalTimes& times, const TimeAxis& axis) {
  Series series;
  for (auto* counts : {&series.ok, &series.failed, &series.unknown}) counts->resize(axis.bins);
  for (std::size_t i = 0; i < history.operations.size(); ++i) {
    if (continues_group(history, i)) continue;
    const auto& operation = history.operations[i];
    switch (operation.outcome) {
      case check::Outcome::ok:
        ++series.ok[axis.bin_of(times[operation.completed])];
        break;
      case check::Outcome::fail:
        ++series.failed[axis.bin_of(times[operation.completed])];
        break;
      case check::Outcome::unknown:
        ++series.unknown[axis.bin_of(times[operation.invoked])];
        break;
    }
  }
  if (axis.timed) {
    series.all = latency_of(history, times, axis, Group::all);
    series.reads = latency_of(history, times, axis, Group::reads);
    series.writes = latency_of(history, times, axis, Group::writes);
  }
  return series;
}

}  // namespace dcount::report
