// How a subscriber catches up, see subscriber.h.
#include <utility>

#include "server/tails/hub.h"
#include "server/tails/subscriber.h"

namespace dcount::tails {

void Subscriber::begin_walk(Filter filter, std::optional<Revision> after) {
  begin_walk(std::make_shared<CatchUp>(std::move(filter), after), after, false);
}

/// What was deleted after all that it has been told of, it may know as being there.
void Subscriber::begin_snapshot() {
  Filter filter;
  for (const std::string& key : std::exchange(snapshots_, {})) filter.add(key);
  std::optional<Revision> told;
  if (hub_.listening_) told = ranged_ ? position_ : hub_.revision_;
  begin_walk(std::make_shared<CatchUp>(std::move(filter), 0, told), 0, true);
}

void Subscriber::begin_walk(std::shared_ptr<CatchUp> walk, std::optional<Revision> after,
                            bool snapshot) {
  ++hub_.figures_.catch_ups;
  ++hub_.behind_;
  walk_ = std::move(walk);
  walk_is_snapshot_ = snapshot;
  walk_after_ = after;
  walk_is_stale_ = false;
  fetch();
}

void Subscriber::fetch() {
  fetching_ = true;
  hub_.feed_.catch_up(walk_, hub_, [weak = weak_from_this()](Piece piece) {
    if (const auto self = weak.lock()) self->on_piece(std::move(piece));
  });
}

void Subscriber::on_piece(Piece&& piece) {
  fetching_ = false;
  if (removed_) return;
  if (piece.status == Piece::Status::ahead) return wait_or_refuse(piece);
  if (piece.status == Piece::Status::restoring) {
    end_walk();
    return outlet_.end(End::restored, std::nullopt);
  }
  if (piece.status == Piece::Status::gone) {
    end_walk();
    return outlet_.refuse(piece.oldest);
  }
  if (walk_is_stale_) {
    end_walk();
    return begin_walk(filter_, walk_after_);
  }
  walk_after_ = piece.complete_to;
  if (!std::exchange(accepted_, true)) outlet_.accept();
  for (ChangePtr& change : piece.changes) {
    // What has changed while it looked is dirty, and comes then.
    const bool comes_again = follow_ && change->revision() > piece.complete_to;
    const bool has_come = !walk_is_snapshot_ && is_known(*change);
    if (!comes_again && !has_come) round_.push_back({std::move(change), false});
  }
  mark_last();
  if (ranged_ && !walk_is_snapshot_) position_ = piece.complete_to;
  if (piece.at_end) {
    if (!ranged_ || walk_is_snapshot_) {
      known_.push_back({walk_->filter(), piece.complete_to});
    }
    end_walk();
  }
  hub_.wake(*this);
}

/// It has been at a server that is ahead of this one, or what it knows is from before a restore.
void Subscriber::wait_or_refuse(const Piece& piece) {
  const std::int64_t now_ms = hub_.now_ms();
  if (ahead_since_ms_ == 0) ahead_since_ms_ = now_ms;
  if (now_ms - ahead_since_ms_ >= hub_.limits_.ahead.count()) {
    end_walk();
    return outlet_.refuse(piece.oldest);
  }
  retry_ms_ = now_ms + retry_time_ms;
  ++hub_.retries_;
}

void Subscriber::on_tick(std::int64_t now_ms) {
  if (retry_ms_ == 0 || now_ms < retry_ms_) return;
  retry_ms_ = 0;
  --hub_.retries_;
  fetch();
}

void Subscriber::end_walk() {
  if (!walk_) return;
  --hub_.behind_;
  hub_.feed_.let_go(std::exchange(walk_, nullptr));
}

void Subscriber::on_listening(Revision revision) {
  if (position_ == not_known) position_ = revision;
}

void Subscriber::on_reloaded(Revision known) {
  // A walk that is under way, or will be, shows all that there is above where it begins.
  const bool walks = missed_since_ || (walk_ && !walk_is_snapshot_);
  if (!ranged_ && !walks) {
    fill_from_dirty();  // which is from before
    missed_since_ = known;
  }
  hub_.wake(*this);
}

}  // namespace dcount::tails
