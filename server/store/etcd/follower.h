// Follows the changes of an etcd, over as many streams as it takes, on a thread of its own: what
// the feed (feed.h) makes of the streams goes to a sink.
//
// Thread-safety: trouble from any thread. The sink is called on the follower's, and not any more
// when the destructor has returned; it must not destroy the follower itself.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "server/store/etcd/feed.h"
#include "server/store/etcd/transport.h"
#include "server/store/store.h"

namespace dcount::store::etcd {

class Follower {
 public:
  /// Begins at once, with what comes after revision `after`.
  Follower(Access access, std::size_t first_endpoint, Revision after, ChangeSink& sink);
  ~Follower();

  /// Why changes do not arrive, for people; empty: they do. `expected`: a heartbeat's should come
  /// every second.
  std::string trouble(bool expected) const;

 private:
  using Clock = std::chrono::steady_clock;

  void follow();
  Feed::State follow_stream();
  void deliver(Revision revision, const std::vector<Entry>& entries);
  void rest(std::string why);

  Feed feed_;  // the thread's
  ChangeSink& sink_;
  Connection connection_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> ended_ = false;
  std::atomic<bool> following_ = false;
  std::atomic<Clock::duration> last_followed_;
  std::atomic<bool> gap_ = false;
  std::atomic<Clock::duration> last_news_;
  mutable std::mutex mutex_;  // guards why_
  std::condition_variable resting_;
  std::string why_ = "not connected yet";
  std::thread thread_;
};

}  // namespace dcount::store::etcd
