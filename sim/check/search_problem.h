// What the search for an order is given: steps of counters' operations.
//
// Thread-safety: values; they point into a History, which has to outlive them.
#pragma once

#include <vector>

#include "sim/check/counter_model.h"
#include "sim/check/history.h"

namespace dcount::check {

/// An operation, or a batch: one step.
struct SearchStep {
  std::uint32_t first_part = 0;
  std::uint32_t parts = 0;
  Index invoked = 0;
  Index completed = never;
};

struct SearchPart {
  Operation operation;
  std::uint32_t counter = 0;  ///< of the states
  std::uint32_t place = 0;    ///< of History::operations
};

struct SearchProblem {
  const History* history = nullptr;
  std::vector<const KeyFacts*> facts;
  std::vector<ModelState> start;
  std::vector<SearchPart> parts;
  std::vector<SearchStep> steps;  ///< by invocation
};

enum class Found : std::uint8_t { order, no_order, gave_up };

}  // namespace dcount::check
