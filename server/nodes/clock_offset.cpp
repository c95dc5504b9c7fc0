#include "server/nodes/clock_offset.h"

#include <algorithm>
#include <vector>

namespace dcount::nodes {
namespace {

std::int64_t least(const ClockOffset& offset) {
  if (offset.ms > 0) return std::max<std::int64_t>(0, offset.ms - offset.uncertainty_ms);
  return std::min<std::int64_t>(0, offset.ms + offset.uncertainty_ms);
}

}  // namespace

ClockOffset clock_offset(std::int64_t sent_ms, std::int64_t received_ms, std::int64_t other_ms) {
  const std::int64_t round_trip_ms = std::max<std::int64_t>(0, received_ms - sent_ms);
  // Clocks are read in whole milliseconds, and half of an odd number is none.
  return {other_ms - (sent_ms + round_trip_ms / 2), round_trip_ms / 2 + 1};
}

ClockVerdict judge_clock(std::span<const ClockOffset> others) {
  ClockVerdict verdict;
  verdict.others = others.size();
  if (others.empty()) return verdict;
  std::vector<std::int64_t> offsets;
  for (const ClockOffset& other : others) offsets.push_back(least(other));
  std::ranges::sort(offsets);
  const std::int64_t lower = offsets[(offsets.size() - 1) / 2];
  const std::int64_t upper = offsets[offsets.size() / 2];
  if (lower > 0) verdict.median_ms = lower;
  if (upper < 0) verdict.median_ms = upper;
  verdict.off = verdict.median_ms > clock_off_max_ms || verdict.median_ms < -clock_off_max_ms;
  return verdict;
}

}  // namespace dcount::nodes
