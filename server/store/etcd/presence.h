// Keeps "alive/<node>" there as long as this process lives and reaches etcd: a leased key,
// rewritten every second. That makes it the heartbeat of the whole way, too: a write that etcd's
// members have agreed on, and a change that must come back on the feed.
//
// Thread-safety: all members from any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "server/store/etcd/transport.h"

namespace dcount::store::etcd {

class Presence {
 public:
  /// `owner` is what "store/owner/<node>" holds as long as no later process has the name.
  Presence(const Access& access, std::string node, std::string owner);
  /// Takes the key away, unless etcd does not answer within a second.
  ~Presence();

  /// From now on with this value. The first call starts it all.
  void announce(std::string value);

  /// Why etcd does not take the heartbeat, for people; empty: it does, or has no room for it, or
  /// none is sent yet.
  std::string trouble() const;
  /// The heartbeat has gone in lately: it should come back on the feed.
  bool beats() const;

 private:
  using Time = std::chrono::steady_clock::time_point;

  void run();
  struct Beat {
    std::string why_not;  ///< empty: etcd has answered
    bool taken = false;
  };
  Beat beat(const std::string& value);
  bool renew_lease(std::string& why);

  const std::string prefix_;
  const std::string key_;
  const std::string owner_key_;
  const std::string owner_;
  Connection connection_;   // the thread's
  std::int64_t lease_ = 0;  // the thread's

  mutable std::mutex mutex_;  // guards all below
  std::condition_variable wake_;
  std::string value_;
  bool changed_ = false;
  bool stopping_ = false;
  Time last_beat_;      // that etcd has answered
  bool taken_ = false;  // the last one, by an etcd with room for it
  std::string why_not_;
  std::thread thread_;  // begins with the first announce
};

}  // namespace dcount::store::etcd
