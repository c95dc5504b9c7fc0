#include "sim/report/tally.h"

#include <algorithm>

#include "sim/report/series.h"
#include "sim/report/words.h"

namespace dcount::report {
namespace {

template <class Row>
Row& row_of(std::vector<Row>& rows, std::string Row::*name, std::string_view wanted) {
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.*name == wanted; });
  if (found != rows.end()) return *found;
  rows.emplace_back();
  rows.back().*name = wanted;
  return rows.back();
}

}  // namespace

OperationTally tally_of(const check::History& history) {
  OperationTally tally;
  const auto count = [](Counts& counts, check::Outcome outcome) {
    switch (outcome) {
      case check::Outcome::ok:
        ++counts.ok;
        break;
      case check::Outcome::fail:
        ++counts.failed;
        break;
      case check::Outcome::unknown:
        ++counts.unknown;
        break;
    }
  };
  for (std::size_t i = 0; i < history.operations.size(); ++i) {
    if (continues_group(history, i)) continue;
    const auto& operation = history.operations[i];
    const bool batch = operation.group != 0 && operation.function == check::Function::add;
    count(row_of(tally.functions, &FunctionCounts::function,
                 batch ? "batch" : word_for(operation.function))
              .counts,
          operation.outcome);
    count(tally.all, operation.outcome);
  }
  return tally;
}

std::vector<FaultTally> tally_of(const std::vector<check::Fault>& faults,
                                 const std::vector<PlannedFaults>& planned) {
  std::vector<FaultTally> kinds;
  for (const auto& plan : planned)
    row_of(kinds, &FaultTally::kind, plan.kind).planned += plan.count;
  for (const auto& fault : faults) {
    auto& row = row_of(kinds, &FaultTally::kind, fault.kind);
    ++row.began;
    if (fault.confirmed) ++row.confirmed;
  }
  return kinds;
}

}  // namespace dcount::report
