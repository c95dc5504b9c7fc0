// Latencies of a load run: a histogram of fixed size whose answers are at most 1/128 too high.
//
// Thread-safety: none; one per thread, added together afterwards.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace dcount::cli::bench {

/// Counts values in buckets: exact below 128 ns, then 128 buckets per power of two. Values above
/// value_ns_max (18 minutes) are counted there.
class Histogram {
 public:
  static constexpr std::uint64_t value_ns_max = (std::uint64_t{1} << 40) - 1;

  Histogram();

  void record(std::uint64_t value_ns) {
    const std::uint64_t value = std::min(value_ns, value_ns_max);
    ++buckets_[bucket_of(value)];
    ++count_;
    sum_ns_ += value;
    max_ns_ = std::max(max_ns_, value);
  }

  void add(const Histogram& other);

  std::uint64_t count() const { return count_; }
  std::uint64_t max_ns() const { return max_ns_; }
  double mean_ns() const;

  /// The smallest value that `fraction` (0 to 1) of all values do not exceed, rounded up to the
  /// top of its bucket but never above max_ns(). 0 when nothing was recorded.
  std::uint64_t percentile_ns(double fraction) const;

 private:
  static constexpr int sub_bits = 7;

  static std::size_t bucket_of(std::uint64_t value) {
    const int shift = std::max(0, static_cast<int>(std::bit_width(value)) - sub_bits - 1);
    return (static_cast<std::size_t>(shift) << sub_bits) + (value >> shift);
  }
  static std::uint64_t top_of(std::size_t bucket);

  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::uint64_t sum_ns_ = 0;
  std::uint64_t max_ns_ = 0;
};

}  // namespace dcount::cli::bench
