// See bench_histogram.h.
#include "cli/bench_histogram.h"

#include <cmath>

namespace dcount::cli::bench {

Histogram::Histogram() : buckets_(bucket_of(value_ns_max) + 1) {}

void Histogram::add(const Histogram& other) {
  for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  sum_ns_ += other.sum_ns_;
  max_ns_ = std::max(max_ns_, other.max_ns_);
}

double Histogram::mean_ns() const {
  return count_ == 0 ? 0 : static_cast<double>(sum_ns_) / static_cast<double>(count_);
}

std::uint64_t Histogram::percentile_ns(double fraction) const {
  if (count_ == 0) return 0;
  const double wanted = std::ceil(fraction * static_cast<double>(count_));
  const std::uint64_t rank =
      std::clamp<std::uint64_t>(static_cast<std::uint64_t>(wanted), 1, count_);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= rank) return std::min(top_of(i), max_ns_);
  }
  return max_ns_;
}

std::uint64_t Histogram::top_of(std::size_t bucket) {
  constexpr std::size_t exact = std::size_t{2} << sub_bits;  // both halves of the first octave
  if (bucket < exact) return bucket;
  const std::size_t shift = (bucket >> sub_bits) - 1;
  const std::uint64_t high_bits = bucket - (shift << sub_bits);
  return ((high_bits + 1) << shift) - 1;
}

}  // namespace dcount::cli::bench
