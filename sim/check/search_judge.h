// Linearizability by search (Wing and Gong, with Lowe's memory of what was tried) over a sequential
// model of counters: create, add, read, reset, delete, bounds, versions, batches over several.
//
// The oracle of the other judges' tests, and the fallback for operations that none of them judges.
// Exponential in what overlaps: it stops at its limits, which are looked at in every step, and then
// says `unknown`. Unknown operations of one kind are tried in the order of their invocation only.
//
// Thread-safety: pure functions.
#pragma once

#include <chrono>
#include <span>

#include "sim/check/key_view.h"

namespace dcount::check {

struct SearchLimits {
  std::uint64_t steps_max = 50'000'000;
  std::size_t memory_bytes_max = std::size_t{128} << 20;
  std::chrono::milliseconds time_max{5000};
  /// A violation among at most so many operations is made small: as many of them as possible are
  /// left out, or taken for unknown, without it going away. In so long at most.
  std::size_t shrunk_operations_max = 400;
  std::chrono::milliseconds shrinking_time_max{500};
};

/// One counter.
Finding judge_search(const KeyView& view, const SearchLimits& limits = {});

/// Several counters that batches touch together: each operation and each batch is one step.
Finding judge_search(std::span<const KeyView> views, const SearchLimits& limits = {});

}  // namespace dcount::check
