// The store of a cluster: any number of servers over one etcd, through its JSON gateway.
//
// Every guard is etcd's to judge: servers keep nothing from each other by locks or by a leader.
// What the parts do: etcd/committer sends what etcd/writer (a batch and its fate) says,
// etcd/follower hears what etcd/feed (changes by revision) makes whole, etcd/presence says who
// lives, etcd/loader and etcd/limits are for the start; etcd/transport is the way there.
//
// Threads: one for commits, one for the feed, one for the heartbeat. Answers come on the first,
// changes on the second.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "server/store/etcd/transport.h"
#include "server/store/result.h"
#include "server/store/store.h"

namespace dcount::store {

struct EtcdOptions {
  etcd::Access access;
  std::string node;      ///< the writer's name
  std::string identity;  ///< whose name it is: this one's for ever, until it is forgotten

  /// For an answer to a commit. Longer ones are settled by a fence, at another member.
  std::chrono::milliseconds patience{2500};
  /// What etcd takes, when it is known; otherwise claim finds out, which costs etcd a request of
  /// 12 MB.
  std::optional<Limits> limits = std::nullopt;
  /// How long claim looks for an etcd that can be reached.
  std::chrono::milliseconds claim_time{20'000};
};

/// Does not connect yet: claim does, and finds out the limits. exclusive() is false.
/// Errors of claim: no etcd was reached in time; the name belongs to another node.
std::unique_ptr<Store> make_etcd_store(EtcdOptions options);

}  // namespace dcount::store
