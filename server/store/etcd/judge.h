// Guards as etcd judges them: comparisons, the ranges that tell what is there instead, and what
// their replies say of a group.
//
// Thread-safety: pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "server/store/etcd/messages.h"
#include "server/store/store.h"

namespace dcount::store::etcd {

std::vector<Compare> comparisons_of(const Group& group);

/// One range for each guard and range guard, in their order. `at`: as of this revision; 0: now.
std::vector<Operation> looks_of(const Group& group, Revision at = 0);

/// How many those are.
inline std::size_t look_count(const Group& group) {
  return group.guards.size() + group.range_guards.size();
}

/// The group's result by the replies to its looks: committed when all is as it was seen.
GroupResult judge(const Group& group, std::span<const OperationReply> looks);

}  // namespace dcount::store::etcd
