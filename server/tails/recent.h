// The latest changes, for subscribers that keep up.
//
// Thread-safety: none; the loop's.
#pragma once

#include <algorithm>
#include <deque>
#include <utility>

#include "server/tails/change.h"

namespace dcount::tails {

/// In the order of revisions, without a gap from `from` on; the oldest go when there are too many.
class Recent {
 public:
  /// Forgets all, and is without a gap from `revision` on.
  void begin(Revision revision) {
    changes_.clear();
    from_ = revision;
  }

  void add(ChangePtr change) { changes_.push_back(std::move(change)); }

  /// After the changes of a revision.
  void trim() {
    while (changes_.size() > changes_max) {
      from_ = changes_.front()->revision();
      while (!changes_.empty() && changes_.front()->revision() == from_) changes_.pop_front();
    }
  }

  /// Everything above it is here.
  Revision from() const { return from_; }

  /// Calls visit(change) for those above `after` until it returns false.
  template <class Visit>
  void scan(Revision after, Visit visit) const {
    auto at = std::ranges::upper_bound(changes_, after, {},
                                       [](const ChangePtr& change) { return change->revision(); });
    for (; at != changes_.end() && visit(*at); ++at) {
    }
  }

 private:
  static constexpr std::size_t changes_max = 8192;

  std::deque<ChangePtr> changes_;
  Revision from_ = 0;
};

}  // namespace dcount::tails
