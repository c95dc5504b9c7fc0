// Which requests for items are proven to have happened, and by when.
//
// Thread-safety: values.
#pragma once

#include <vector>

#include "sim/check/key_view.h"

namespace dcount::check {

/// Asks for items to be added, and may have.
inline bool adds_items(const Operation& operation) {
  return operation.function == Function::items && operation.outcome != Outcome::fail;
}

/// One id of one request.
struct Brought {
  std::int64_t id = 0;
  std::uint32_t operation = 0;
};

/// By id, each id of a request once.
std::vector<Brought> brought_to(const KeyView& view);

/// When each operation is proven to have happened: its completion, or earlier (and for an unknown
/// one at all) the end of a read of members that proves it, also of another tenant.
class ItemProofs {
 public:
  explicit ItemProofs(const History& history, const KeyViews& views);
  Index happened(std::uint32_t operation) const { return happened_[operation]; }
  /// The read that proves it; the operation itself: its own completion.
  std::uint32_t proof(std::uint32_t operation) const { return proof_[operation]; }

 private:
  std::vector<Index> happened_;
  std::vector<std::uint32_t> proof_;
};

}  // namespace dcount::check
