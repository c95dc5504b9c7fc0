#include "server/tails/subscriber.h"

#include <algorithm>
#include <utility>

#include "server/tails/hub.h"

namespace dcount::tails {

Subscriber::Subscriber(Hub& hub, Outlet& outlet, Filter filter, bool follow)
    : hub_(hub),
      outlet_(outlet),
      filter_(std::move(filter)),
      follow_(follow),
      ranged_(filter_.has_ranges()) {}

void Subscriber::begin(std::optional<Revision> after, bool answered) {
  accepted_ = answered;
  if (!ranged_) {
    for (const std::string& key : filter_.keys()) keep(key);
  }
  // At once, when it can be: the engine may be about to load again, and what it then misses counts.
  if (answered && !after && ranged_ && hub_.listening_)
    position_ = hub_.revision_;
  else if (!answered || after || ranged_)
    begin_walk(filter_, after);
}

void Subscriber::end() {
  removed_ = true;
  set_busy(false);
  if (retry_ms_ != 0) --hub_.retries_;
  end_walk();
  for (const auto& [key, kept] : kept_) drop(kept);
  kept_.clear();
}

// ---- what it wants

void Subscriber::subscribe(std::string_view key, bool snapshot) {
  if (!filter_.add(key)) return;
  ++hub_.figures_.subscriptions;
  if (!ranged_ && Filter::is_range(key))
    become_ranged();
  else if (!ranged_)
    keep(key);
  if (ranged_ && walk_ && !walk_is_snapshot_) walk_is_stale_ = true;
  if (!snapshot) return;
  snapshots_.emplace_back(key);
  hub_.wake(*this);
}

void Subscriber::unsubscribe(std::string_view key) {
  if (!filter_.remove(key)) return;
  --hub_.figures_.subscriptions;
  std::erase(snapshots_, key);
  const auto at = kept_.find(key);
  if (at == kept_.end()) return;
  std::erase_if(dirty_,
                [&](const auto& one) { return one.first == at->second.subscription.get(); });
  drop(at->second);
  kept_.erase(at);
}

void Subscriber::keep(std::string_view key) {
  auto [topic, subscription] = hub_.topics_.add(key, *this, hub_.revision_);
  kept_.emplace(key, Kept{topic, std::move(subscription)});
}

void Subscriber::drop(const Kept& kept) { hub_.topics_.remove(*kept.topic, *kept.subscription); }

/// From now on by its place in the order of revisions, for the rest of its life.
void Subscriber::become_ranged() {
  fill_from_dirty();
  for (const auto& [key, kept] : kept_) drop(kept);
  kept_.clear();
  ranged_ = true;
  hub_.add_reader();
  if (hub_.listening_) position_ = hub_.revision_;
}

// ---- sending

void Subscriber::mark_dirty(Subscription& subscription, Topic& topic) {
  dirty_.emplace_back(&subscription, &topic);
  hub_.wake(*this);
}

bool Subscriber::is_known(const Change& change) const {
  return std::ranges::any_of(known_, [&](const Known& known) {
    return change.revision() <= known.up_to && known.filter.matches(change);
  });
}

bool Subscriber::drain() {
  if (removed_) return false;
  const bool more = send_round() && go_on() && send_round();
  if (ranged_) {
    set_blocked(outlet_.is_blocked());
    set_busy(!blocked_ && !outlet_.has_room());
  }
  return more;
}

/// Its message is on its way out: it will want what comes meanwhile.
void Subscriber::set_busy(bool busy) {
  if (busy_ == busy) return;
  busy_ = busy;
  if (busy)
    ++hub_.behind_;
  else
    --hub_.behind_;
}

/// While nobody reads, the latest changes need not be kept for anybody.
void Subscriber::set_blocked(bool blocked) {
  if (blocked_ == blocked) return;
  blocked_ = blocked;
  if (blocked)
    hub_.remove_reader();
  else
    hub_.add_reader();
}

bool Subscriber::send_round() {
  while (next_ < round_.size()) {
    if (!outlet_.has_room()) return false;
    const bool several = round_.size() > next_ + 1;
    if (several) outlet_.begin_round();
    for (; next_ < round_.size() && outlet_.has_room(); ++next_) {
      outlet_.send(*round_[next_].change, round_[next_].last);
      ++hub_.messages_;
    }
    if (several) outlet_.end_round();
  }
  next_ = 0;
  round_.clear();
  if (round_.capacity() > 8) std::vector<Sent>().swap(round_);
  return true;
}

bool Subscriber::go_on() {
  if (fetching_ || retry_ms_ != 0 || !accepted_) return false;
  if (walk_) {
    fetch();
    return false;
  }
  if (!follow_) {
    outlet_.end(End::caught_up, complete_to());
    return false;
  }
  if (missed_since_) {
    begin_walk(filter_, *std::exchange(missed_since_, std::nullopt));
    return false;
  }
  // Before what has changed since the key was subscribed to: a snapshot has that, too.
  if (!snapshots_.empty()) {
    begin_snapshot();
    return false;
  }
  const bool more = ranged_ ? fill_from_recent() : fill_from_dirty();
  const Revision told = ranged_ ? position_ : hub_.revision_;
  std::erase_if(known_, [&](const Known& known) { return known.up_to <= told; });
  return more;
}

/// Of those who keep up. Who does not begins another walk from where it stands.
bool Subscriber::fill_from_recent() {
  if (position_ == not_known) return false;
  if (position_ < hub_.recent_.from()) {
    begin_walk(filter_, position_);
    return false;
  }
  std::size_t seen = 0;
  Revision last = position_;
  bool more = false;
  hub_.recent_.scan(position_, [&](const ChangePtr& change) {
    more = change->revision() != last &&
           (seen >= looked_at_per_round || round_.size() >= changes_per_round);
    if (more) return false;
    ++seen;
    last = change->revision();
    if (filter_.matches(*change) && !is_known(*change)) round_.push_back({change, false});
    return true;
  });
  position_ = more ? last : std::max(position_, hub_.revision_);
  mark_last();
  return more || !round_.empty();
}

bool Subscriber::fill_from_dirty() {
  const std::size_t begin = round_.size();
  for (const auto& [subscription, topic] : dirty_) {
    subscription->dirty = false;
    Revision shown = subscription->shown;
    for (const ChangePtr& change : topic->latest) {
      if (change->revision() <= subscription->shown) continue;
      shown = std::max(shown, change->revision());
      if (!is_known(*change)) round_.push_back({change, false});
    }
    subscription->shown = shown;
  }
  dirty_.clear();
  const auto fresh = round_.begin() + static_cast<std::ptrdiff_t>(begin);
  const auto less = [](const Sent& a, const Sent& b) {
    return a.change->revision() < b.change->revision();
  };
  std::sort(fresh, round_.end(), less);
  // Who has subscribed to an id and to a counter of that id is told once. Equal changes are one
  // object: both topics were told of it.
  const auto same = [](const Sent& a, const Sent& b) { return a.change == b.change; };
  for (auto at = fresh; at != round_.end(); ++at) {
    const auto end = std::upper_bound(at, round_.end(), *at, less);
    const auto kept =
        std::remove_if(std::next(at), end, [&](const Sent& other) { return same(*at, other); });
    round_.erase(kept, end);
  }
  mark_last();
  return !round_.empty();
}

void Subscriber::mark_last() {
  for (std::size_t i = next_; i < round_.size(); ++i) {
    round_[i].last =
        i + 1 == round_.size() || round_[i + 1].change->revision() != round_[i].change->revision();
  }
}

void Subscriber::heartbeat() {
  if (accepted_ && outlet_.has_room()) outlet_.heartbeat(complete_to());
}

/// Nothing up to there is missing; nothing: something may be.
std::optional<Revision> Subscriber::complete_to() const {
  if (!round_.empty() || walk_ || fetching_ || !dirty_.empty() || missed_since_)
    return std::nullopt;
  Revision revision = ranged_ ? position_ : hub_.revision_;
  if (!ranged_ && !known_.empty()) revision = std::max(revision, known_.back().up_to);
  return revision > 0 ? std::optional(revision) : std::nullopt;
}

}  // namespace dcount::tails
