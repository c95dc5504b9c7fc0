// One reader of changes, and how far it has come.
//
// It never holds more than one round: some changes, in order, each record once. What comes while it
// does not read is in nobody's queue: one with ranges ("everything", a collection) remembers where
// it stands and catches up from the state; one with single counters has a mark for each.
//
// Thread-safety: none; the loop's.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/tails/catch_up.h"
#include "server/tails/filter.h"
#include "server/tails/outlet.h"
#include "server/tails/topics.h"

namespace dcount::tails {

class Hub;

/// How a subscriber begins.
struct Beginning {
  Filter filter;  ///< may be empty: then it is told nothing until it subscribes
  /// Changes above it come first; 0 or less: all there is. Nothing: only what comes from now on.
  std::optional<Revision> after;
  bool follow = true;     ///< goes on after what is there
  bool answered = false;  ///< the outlet has been accepted, and cannot be refused
};

class Subscriber : public std::enable_shared_from_this<Subscriber> {
 public:
  /// Both outlive it. Made, begun and ended by its hub.
  Subscriber(Hub& hub, Outlet& outlet, Filter filter, bool follow);
  void begin(std::optional<Revision> after, bool answered);
  void end();
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;

  /// `snapshot`: the current values come first. Nothing happens when it has done so already.
  void subscribe(std::string_view key, bool snapshot);
  void unsubscribe(std::string_view key);
  std::size_t keys() const { return filter_.size(); }

  /// Sends a round of what there is, as far as there is room. True: there may be more to send now.
  bool drain();

  void heartbeat();
  bool follows() const { return follow_; }

  // What the hub tells it.
  void mark_dirty(Subscription& subscription, Topic& topic);
  void on_listening(Revision revision);
  void on_reloaded(Revision known);
  void on_tick(std::int64_t now_ms);

 private:
  friend class Hub;
  struct Kept {
    Topic* topic;
    std::unique_ptr<Subscription> subscription;
  };
  struct Sent {
    ChangePtr change;
    bool last;
  };
  /// Changes up to there that match are no news.
  struct Known {
    Filter filter;
    Revision up_to;
  };

  void begin_walk(Filter filter, std::optional<Revision> after);
  void begin_snapshot();
  void begin_walk(std::shared_ptr<CatchUp> walk, std::optional<Revision> after, bool snapshot);
  void fetch();
  void on_piece(Piece&& piece);
  void wait_or_refuse(const Piece& piece);
  void end_walk();
  void set_blocked(bool blocked);
  void set_busy(bool busy);
  bool send_round();
  /// False: there is nothing to send now.
  bool go_on();
  bool fill_from_recent();
  bool fill_from_dirty();
  void become_ranged();
  void keep(std::string_view key);
  void drop(const Kept& kept);
  bool is_known(const Change& change) const;
  std::optional<Revision> complete_to() const;
  void mark_last();

  static constexpr Revision not_known = -1;
  static constexpr std::size_t changes_per_round = 256;
  static constexpr std::size_t looked_at_per_round = 2048;
  static constexpr std::int64_t retry_time_ms = 100;

  Hub& hub_;
  Outlet& outlet_;
  std::size_t place_ = 0;       ///< among the hub's
  std::size_t beat_ = 0;        ///< when its heartbeats come
  std::size_t beat_place_ = 0;  ///< among those of the same beat
  Filter filter_;
  const bool follow_;
  bool accepted_ = false;
  bool ranged_ = false;
  bool ready_ = false;  ///< in the hub's queue
  bool removed_ = false;
  bool busy_ = false;     ///< ranged, and has no room although its client reads
  bool blocked_ = false;  ///< ranged, and does not read

  std::vector<Sent> round_;
  std::size_t next_ = 0;  ///< of round_

  /// Ranged: all up to here was sent, or is in the round.
  Revision position_ = not_known;
  /// Not ranged: by key.
  std::map<std::string, Kept, std::less<>> kept_;
  std::vector<std::pair<Subscription*, Topic*>> dirty_;

  std::shared_ptr<CatchUp> walk_;
  bool fetching_ = false;
  bool walk_is_snapshot_ = false;
  std::optional<Revision> walk_after_;  ///< how far it has come
  bool walk_is_stale_ = false;          ///< it does not look for keys that have come meanwhile
  std::int64_t ahead_since_ms_ = 0;
  std::int64_t retry_ms_ = 0;             ///< 0: none
  std::optional<Revision> missed_since_;  ///< the feed has lost changes
  /// What snapshots have shown that the feed may still tell of.
  std::vector<Known> known_;
  std::vector<std::string> snapshots_;  ///< keys whose values are wanted next
};

}  // namespace dcount::tails
