// Reads that found no counter, and were not told a version.
//
// Thread-safety: none.
#pragma once

#include <optional>
#include <vector>

#include "sim/check/filling.h"
#include "sim/check/key_view.h"

namespace dcount::check {

/// Where no counter was seen and no version told, there has to be a version without one: the
/// earliest that is left by what ended before.
class AbsentReads {
 public:
  struct Segment {
    CounterState state;
    std::vector<std::uint32_t> operations;  ///< that made or saw it; the first made it
    bool made = false;
  };
  AbsentReads(const KeyView& view, std::vector<Segment> segments)
      : view_(view), segments_(std::move(segments)) {}

  /// The first of `reads` (by invocation) without a place.
  std::optional<std::uint32_t> find_misplaced(const std::vector<std::uint32_t>& reads);

 private:
  const KeyView& view_;
  std::vector<Segment> segments_;
};

}  // namespace dcount::check
