#include "sim/check/sequence_line.h"

#include <algorithm>

#include "sim/check/wide.h"

namespace dcount::check {
namespace {

/// Places beyond it are all the same: nobody draws so often.
constexpr std::int64_t most = std::int64_t{1} << 61;

std::int64_t clamped(Wide value) {
  return static_cast<std::int64_t>(std::clamp<Wide>(value, -most, most));
}

}  // namespace

SequenceLine::SequenceLine(const KeyFacts& facts)
    : start_(facts.start),
      increment_(facts.increment == 0 ? 1 : facts.increment),
      min_(facts.min),
      max_(facts.max),
      cycles_(facts.cycle) {
  std::int64_t end = increment_ > 0 ? max_ : min_;
  again_ = increment_ > 0 ? min_ : max_;
  first_lap_ = clamped((static_cast<Wide>(end) - start_) / increment_ + 1);
  lap_ = clamped((static_cast<Wide>(end) - again_) / increment_ + 1);
}

std::optional<std::int64_t> SequenceLine::ordinal(std::int64_t number, std::int64_t lowest) const {
  if (number < min_ || number > max_) return std::nullopt;
  Wide from_start = static_cast<Wide>(number) - start_;
  if (from_start % increment_ == 0 && from_start / increment_ >= 0) {
    std::int64_t place = clamped(from_start / increment_);
    if (place >= lowest) return place;
  }
  Wide from_again = static_cast<Wide>(number) - again_;
  if (!cycles_ || from_again % increment_ != 0 || lap_ <= 0) return std::nullopt;
  Wide place = first_lap_ + from_again / increment_;
  if (place < lowest) place += (lowest - place + lap_ - 1) / lap_ * lap_;
  return clamped(place);
}

std::int64_t SequenceLine::number(std::int64_t ordinal) const {
  Wide number = start_ + static_cast<Wide>(ordinal) * increment_;
  if (ordinal >= first_lap_ && cycles_) {
    number = again_ + static_cast<Wide>((ordinal - first_lap_) % lap_) * increment_;
  }
  return static_cast<std::int64_t>(std::clamp<Wide>(number, min_, max_));
}

std::optional<std::int64_t> SequenceLine::next(std::int64_t number) const {
  std::int64_t next = 0;
  bool over = __builtin_add_overflow(number, increment_, &next);
  if (!over && next >= min_ && next <= max_) return next;
  if (!cycles_) return std::nullopt;
  return again_;
}

}  // namespace dcount::check
