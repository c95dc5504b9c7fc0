// Short ways to work with sequences on a bench.
#pragma once

#include <string>
#include <vector>

#include "tests/core/bench.h"

namespace dcount::core {

using Numbers = std::vector<std::int64_t>;

inline Numbers expanded(const std::vector<NumberRun>& runs) {
  Numbers numbers;
  for (const NumberRun& run : runs) {
    for (std::int64_t i = 0; i < run.count; ++i) numbers.push_back(run.first + run.step * i);
  }
  return numbers;
}

inline Numbers listed(const Decision& decision) {
  const auto* outcome = std::get_if<NumbersOutcome>(&decision.outcome.value);
  return outcome == nullptr ? Numbers{} : expanded(outcome->runs);
}

inline Definition ascending(std::int64_t min, std::int64_t max) {
  Definition definition;
  definition.start = min;
  definition.min = min;
  definition.max = max;
  return definition;
}

struct SequenceBench : Bench {
  NumbersOutcome numbers(Command command) {
    return std::get<NumbersOutcome>(run(std::move(command)).outcome.value);
  }
  Numbers draw(std::string name, std::int64_t count = 1) {
    return listed(run({Draw{std::move(name), count, {}, {}}, {}}));
  }
  Outcome define(std::string name, const Definition& definition) {
    return run({DefineSequence{std::move(name), definition, {}}, {}}).outcome;
  }
  SequenceOutcome read(std::string name) {
    return std::get<SequenceOutcome>(run({ReadSequence{std::move(name)}, {}}).outcome.value);
  }
  SequenceListOutcome list(std::string after, std::size_t limit) {
    return std::get<SequenceListOutcome>(
        run({ListSequences{std::move(after), limit}, {}}).outcome.value);
  }
  void put_head(std::string key, std::string value) {
    state.apply(key, std::move(value), ++revision);
    state.advance(revision);
  }
};

}  // namespace dcount::core
