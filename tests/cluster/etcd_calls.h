// What an operator does to etcd, over its JSON gateway.
//
// Thread-safety: functions over processes that one thread owns.
#pragma once

#include <cstdint>
#include <string>

#include "sim/etcd_cluster.h"

namespace dcount::test {

/// The body of the answer; throws when it is not 200.
std::string ask_etcd(const sim::EtcdMember& member, const std::string& path,
                     const std::string& body = "{}");

/// Forgets all history until now; returns that revision.
std::int64_t compact(const sim::EtcdMember& member);

/// Writes under a foreign prefix until etcd takes no more.
void fill(const sim::EtcdMember& member);
/// What helps against that: compaction, defragmentation, and the alarm put off.
void make_room(const sim::EtcdMember& member);

}  // namespace dcount::test
