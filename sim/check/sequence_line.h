// The numbers of a sequence in their order: which is the how many-th.
//
// Thread-safety: values.
#pragma once

#include <optional>

#include "sim/check/history.h"

namespace dcount::check {

class SequenceLine {
 public:
  explicit SequenceLine(const KeyFacts& facts);

  /// Whether it can be drawn at all.
  bool contains(std::int64_t number) const { return ordinal(number, 0).has_value(); }
  /// The lowest place (from 0) of the number that is not below `lowest`. Nothing: it has none.
  std::optional<std::int64_t> ordinal(std::int64_t number, std::int64_t lowest) const;
  std::int64_t number(std::int64_t ordinal) const;
  /// What comes after the number; nothing: it is the last one.
  std::optional<std::int64_t> next(std::int64_t number) const;
  bool cycles() const { return cycles_; }
  std::int64_t lap() const { return lap_; }  ///< how many numbers it has, once it has wrapped

 private:
  std::int64_t start_, increment_, min_, max_;
  bool cycles_;
  std::int64_t first_lap_;  ///< from start to the end
  std::int64_t lap_;
  std::int64_t again_;  ///< where later laps begin
};

}  // namespace dcount::check
