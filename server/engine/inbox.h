// Everything that reaches the engine's thread from other threads, handed over in one piece.
//
// Thread-safety: submit, post and stop from any thread; take, wait and close from the engine's.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

#include "server/engine/completion.h"
#include "server/engine/visits.h"
#include "server/store/store.h"

namespace dcount::engine {

/// Answers each as unavailable at its sink, inside this call. The vector comes back empty.
void refuse(std::vector<Submission>& submissions);

class Inbox {
 public:
  struct Changes {
    Revision revision = 0;
    std::vector<Entry> entries;
  };
  struct Content {
    std::vector<Submission> submissions;
    std::vector<store::CommitResult> results;
    std::vector<Changes> changes;
    std::vector<Visit> visits;
    bool gap = false;  ///< after these changes some are missing
    bool stop = false;

    bool empty() const {
      return submissions.empty() && results.empty() && changes.empty() && visits.empty() && !gap &&
             !stop;
    }
  };

  explicit Inbox(std::size_t commands_max) : commands_max_(commands_max) {}

  /// Takes all of them, or answers each as unavailable at its sink, inside this call: when more
  /// than commands_max would wait, and after close. The vector comes back empty.
  void submit(std::vector<Submission>& submissions);
  void post(store::CommitResult result);
  void post(Changes changes);
  /// Dropped after close.
  void post(Visit visit);
  void post_gap();
  /// Forgets changes and gaps that have not been taken.
  void drop_changes();
  void stop();

  /// What is here now.
  Content take();

  /// What is here, or comes within `patience`. `busy`: more is to be expected very soon.
  Content wait(std::chrono::milliseconds patience, bool busy);

  /// From now on submit refuses; so is what has come since the last take.
  void close();

 private:
  // Waking a sleeping thread costs more than deciding a batch. When more is near, it is looked for
  // a little longer before sleeping, giving way to any other thread.
  static constexpr std::chrono::microseconds busy_wait_max{100};

  template <class Change>
  void change(Change change);

  const std::size_t commands_max_;
  std::atomic<bool> has_post_ = false;  ///< there may be something

  std::mutex mutex_;  // guards all below
  std::condition_variable wake_;
  Content content_;
  bool asleep_ = false;
  bool closed_ = false;
};

}  // namespace dcount::engine
