// Planted bugs of a cluster's store: each is a decorator of one over etcd. What they do is told in
// plants.h.
//
// Thread-safety: as Store.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "server/store/etcd_store.h"
#include "server/store/store.h"

namespace dcount::faulty {

/// How long a lost batch is looked for, and between that and deciding its commands again.
inline constexpr std::chrono::milliseconds look_time{300};
inline constexpr std::chrono::milliseconds pause_after_look{2000};

std::unique_ptr<store::Store> apply_lost_twice(std::unique_ptr<store::Store> store);
std::unique_ptr<store::Store> leave_fence_out(std::unique_ptr<store::Store> store,
                                              const store::EtcdOptions& options);
std::unique_ptr<store::Store> leave_guards_out(std::unique_ptr<store::Store> store);

}  // namespace dcount::faulty
