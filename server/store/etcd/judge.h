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

/// The same when what was there before the batch cannot be read any more, by looks at what is there
/// now: a key of the group's that was last changed `at` the batch's revision shows that it applied,
/// one that it would have changed and that is older shows that it did not. `untold` when neither is
/// left. A group that only reads is called not committed: it can read again.
GroupResult judge_by_traces(const Group& group, std::span<const OperationReply> looks, Revision at);

}  // namespace dcount::store::etcd
