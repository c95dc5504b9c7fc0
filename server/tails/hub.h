// All subscribers of one event loop: takes what was committed, and hands it out in slices of a
// millisecond, so that commands go first.
//
// Thread-safety: its loop's thread, but for the constructor and figures.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>
#include <vector>

#include "server/tails/feed.h"
#include "server/tails/recent.h"
#include "server/tails/subscriber.h"
#include "server/tails/topics.h"

namespace dcount::tails {

struct TailLimits {
  std::size_t tails_max = 30'000;             ///< of the server
  std::size_t subscriptions_max = 1'000'000;  ///< of the server: keys of all tails together
  std::size_t keys_max = 10'000;              ///< that one tail subscribes to
  std::chrono::milliseconds heartbeat{15'000};
  /// How long a revision to resume from may be ahead of this server, which is behind others.
  std::chrono::milliseconds ahead{0};
};

/// Of all hubs of a server. Thread-safety: all of it.
struct TailFigures {
  std::atomic<std::size_t> tails{0};
  std::atomic<std::size_t> subscriptions{0};
  std::atomic<std::uint64_t> messages{0};   ///< sent
  std::atomic<std::uint64_t> catch_ups{0};  ///< begun
};

class Hub final : public Listener {
 public:
  /// All of these outlive it. Before the loop runs.
  Hub(http::EventLoop& loop, Feed& feed, const TailLimits& limits, TailFigures& figures);

  /// Whether the server may have one more.
  bool has_place() const { return figures_.tails < limits_.tails_max; }
  bool has_place_for_keys(std::size_t keys) const {
    return figures_.subscriptions + keys <= limits_.subscriptions_max;
  }

  /// From now on `outlet` is used, until remove.
  std::shared_ptr<Subscriber> add(Outlet& outlet, Beginning beginning);
  void remove(Subscriber& subscriber);

  /// It can be drained: there is something for it, or room.
  void wake(Subscriber& subscriber);

  const TailLimits& limits() const { return limits_; }

  // Listener
  http::EventLoop& loop() const override { return loop_; }
  void on_listening(Revision revision, Revision base) override;
  void on_committed(const engine::Committed& committed) override;
  void on_reloaded(Revision revision, Revision base) override;

 private:
  friend class Subscriber;
  static constexpr std::chrono::milliseconds tick_time{50};
  static constexpr std::chrono::milliseconds slice_time{1};
  static constexpr int drains_between_looks = 8;  ///< at the clock

  void add_reader();
  void remove_reader();
  static std::int64_t now_ms();
  void tell(const Entry& entry, const engine::Committed& committed);
  void run_slice();
  void schedule();
  void tick();
  void end_all(End why);

  http::EventLoop& loop_;
  Feed& feed_;
  const TailLimits& limits_;
  TailFigures& figures_;

  std::vector<std::shared_ptr<Subscriber>> subscribers_;
  std::vector<std::vector<Subscriber*>> beats_;  ///< who gets a heartbeat at which tick
  std::size_t beat_ = 0;                         ///< of the latest tick
  std::size_t new_beat_ = 0;                     ///< of the latest subscriber
  std::size_t readers_ = 0;  ///< subscribers with ranges that read what they are sent
  std::size_t behind_ = 0;   ///< subscribers that catch up, or will read on at once
  std::size_t retries_ = 0;  ///< subscribers that wait for a tick: of many, hardly ever one
  Topics topics_;
  Recent recent_;
  Revision revision_ = 0;  ///< told so far, as clients see it
  Revision base_ = 0;
  std::size_t listens_ = 0;  ///< asked for and not begun
  bool listening_ = false;

  std::deque<std::shared_ptr<Subscriber>> ready_;
  bool scheduled_ = false;
  bool told_ = false;           ///< there is something for all readers
  std::uint64_t messages_ = 0;  ///< not in the figures yet
};

}  // namespace dcount::tails
