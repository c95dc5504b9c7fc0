#include "sim/check/key_view.h"

namespace dcount::check {

KeyViews::KeyViews(const History& history)
    : history_(history), operations_(history.operations.size()), begins_(history.keys.size() + 1) {
  for (const Operation& operation : history.operations) ++begins_[operation.key + 1];
  for (std::size_t key = 1; key < begins_.size(); ++key) begins_[key] += begins_[key - 1];
  std::vector<std::uint32_t> next(begins_.begin(), begins_.end() - 1);
  for (std::uint32_t i = 0; i < operations_.size(); ++i) {
    operations_[next[history.operations[i].key]++] = i;
  }
}

}  // namespace dcount::check
