// The records that a subscriber asked for.
//
// Thread-safety: none.
#pragma once

#include <algorithm>
#include <vector>

#include "sim/check/history.h"

namespace dcount::check {

class SelectedKeys {
 public:
  /// Sorts the names: O(n log n).
  explicit SelectedKeys(const History& history);

  /// Their numbers, ascending; good until the next call.
  const std::vector<std::uint32_t>& of(std::uint32_t selection);

 private:
  void resolve(const TailSelection& selection);

  const History& history_;
  std::vector<std::uint32_t> all_;
  std::vector<std::uint32_t> by_name_;
  std::vector<std::uint32_t> by_id_;
  const TailSelection* last_ = nullptr;
  std::vector<std::uint32_t> selected_;  ///< by last_
};

inline bool contains(const std::vector<std::uint32_t>& keys, std::uint32_t key) {
  return std::binary_search(keys.begin(), keys.end(), key);
}

}  // namespace dcount::check
