// When revisions were committed, as far as this server has seen it.
//
// Thread-safety: none; the engine's thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "server/core/entry.h"

namespace dcount::tails {

/// Remembers a moment a second, and of older ones fewer and fewer: 16 bytes each, 10,000 at most.
class Times {
 public:
  void note(Revision revision, std::int64_t at_ms) {
    if (!moments_.empty() && at_ms - moments_.back().at_ms < resolution_ms) {
      moments_.back().revision = revision;
      return;
    }
    if (moments_.size() >= moments_max) thin_out();
    moments_.push_back({revision, at_ms});
  }

  /// To within a second, and for older ones less well; 0: that was before this server looked.
  std::int64_t at_ms(Revision revision) const {
    if (moments_.empty() || revision <= first_) return 0;
    const auto at = std::ranges::lower_bound(moments_, revision, {}, &Moment::revision);
    return at == moments_.end() ? 0 : at->at_ms;
  }

  /// What was committed up to here is not known.
  void begin(Revision revision) {
    moments_.clear();
    first_ = revision;
  }

 private:
  struct Moment {
    Revision revision;  ///< the last one that had been committed by then
    std::int64_t at_ms;
  };
  static constexpr std::int64_t resolution_ms = 1000;
  static constexpr std::size_t moments_max = 10'000;

  /// Of the older half every second one goes.
  void thin_out() {
    const std::size_t half = moments_.size() / 2;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < moments_.size(); ++i) {
      if (i >= half || i % 2 == 1) moments_[kept++] = moments_[i];
    }
    moments_.resize(kept);
  }

  std::vector<Moment> moments_;  // in order of both
  Revision first_ = 0;
};

}  // namespace dcount::tails
