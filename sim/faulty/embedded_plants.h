// Planted bugs of the embedded store: each is a decorator of an exclusive one. What they do is told
// in plants.h.
//
// Thread-safety: as Store.
#pragma once

#include <chrono>
#include <memory>

#include "server/store/store.h"

namespace dcount::faulty {

/// How long an acknowledged batch is on its way to the disk.
inline constexpr std::chrono::milliseconds acknowledged_early{50};
/// How long a block of numbers is used before it is on the disk, unless the next block comes first.
inline constexpr std::chrono::milliseconds block_late{500};
/// Between the two halves of a batch with items.
inline constexpr std::chrono::milliseconds between_halves{5};

std::unique_ptr<store::Store> lose_acknowledged(std::unique_ptr<store::Store> store);
std::unique_ptr<store::Store> use_blocks_early(std::unique_ptr<store::Store> store);
std::unique_ptr<store::Store> halve_items(std::unique_ptr<store::Store> store);

/// For a bug whose window is the time that a commit takes: each takes `longer`. Of both stores.
std::unique_ptr<store::Store> slow_commits(std::unique_ptr<store::Store> store,
                                           std::chrono::milliseconds longer);

}  // namespace dcount::faulty
