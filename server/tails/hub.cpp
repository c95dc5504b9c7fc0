#include "server/tails/hub.h"

#include <algorithm>
#include <utility>

#include "server/core/names.h"

namespace dcount::tails {
Hub::Hub(http::EventLoop& loop, Feed& feed, const TailLimits& limits, TailFigures& figures)
    : loop_(loop), feed_(feed), limits_(limits), figures_(figures) {
  beats_.resize(static_cast<std::size_t>(std::max<std::int64_t>(1, limits.heartbeat / tick_time)));
  loop_.every(tick_time, [this] { tick(); });
}

std::int64_t Hub::now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

// ---- who is there

std::shared_ptr<Subscriber> Hub::add(Outlet& outlet, Beginning beginning) {
  auto subscriber =
      std::make_shared<Subscriber>(*this, outlet, std::move(beginning.filter), beginning.follow);
  Subscriber& it = *subscriber;
  it.place_ = subscribers_.size();
  subscribers_.push_back(subscriber);
  it.beat_ = ++new_beat_ % beats_.size();
  it.beat_place_ = beats_[it.beat_].size();
  beats_[it.beat_].push_back(&it);
  ++figures_.tails;
  figures_.subscriptions += it.keys();
  if (subscribers_.size() == 1) {
    ++listens_;
    feed_.listen(*this);
  }
  if (it.ranged_) add_reader();
  it.begin(beginning.after, beginning.answered);
  return subscriber;
}

void Hub::add_reader() {
  if (readers_++ == 0) recent_.begin(revision_);
}

void Hub::remove_reader() {
  if (--readers_ == 0) recent_.begin(revision_);
}

void Hub::remove(Subscriber& subscriber) {
  const auto keep = subscribers_[subscriber.place_];
  subscriber.end();
  auto& beat = beats_[subscriber.beat_];
  beat[subscriber.beat_place_] = beat.back();
  beat[subscriber.beat_place_]->beat_place_ = subscriber.beat_place_;
  beat.pop_back();
  subscribers_[subscriber.place_] = subscribers_.back();
  subscribers_[subscriber.place_]->place_ = subscriber.place_;
  subscribers_.pop_back();
  if (subscriber.ranged_ && !subscriber.blocked_) remove_reader();
  --figures_.tails;
  figures_.subscriptions -= subscriber.keys();
  if (!subscribers_.empty()) return;
  listening_ = false;
  feed_.leave(*this);
}

// ---- what the feed brings

void Hub::on_listening(Revision revision, Revision base) {
  // Another one may have been asked for meanwhile: in between nobody was told.
  if (--listens_ > 0 || subscribers_.empty()) return;
  listening_ = true;
  revision_ = revision + base;
  base_ = base;
  recent_.begin(revision_);
  for (const auto& subscriber : subscribers_) {
    if (subscriber->ranged_) subscriber->on_listening(revision_);
  }
}

void Hub::on_committed(const engine::Committed& committed) {
  if (!listening_) return;
  if (committed.base != base_) {
    base_ = committed.base;
    end_all(End::restored);
  }
  revision_ = committed.revision + base_;
  for (const Entry& entry : committed.entries) tell(entry, committed);
  if (readers_ == 0) return recent_.begin(revision_);
  recent_.trim();
  told_ = true;
  schedule();
}

void Hub::tell(const Entry& entry, const engine::Committed& committed) {
  const auto kind = kind_of(entry.key);
  if (!kind || !entry.value) return;
  bool wanted = false;
  if (*kind == Kind::counter && !topics_.empty()) {
    const std::string_view path = std::string_view(entry.key).substr(core::counter_prefix.size());
    wanted = topics_.wants(path, path.substr(path.find('/') + 1));
  }
  if (!wanted && readers_ == 0) return;
  const auto change = Change::of(entry.key, *entry.value, revision_, committed.at_ms);
  if (!change) return;
  if (wanted) {
    topics_.tell(change, [](Subscription& subscription, Topic& topic) {
      subscription.who->mark_dirty(subscription, topic);
    });
  }
  if (readers_ > 0) recent_.add(change);
}

void Hub::on_reloaded(Revision revision, Revision base) {
  if (!listening_) return;
  const Revision known = revision_;
  if (base != base_) end_all(End::restored);
  base_ = base;
  revision_ = revision + base;
  recent_.begin(revision_);
  for (const auto& subscriber : subscribers_) subscriber->on_reloaded(known);
}

void Hub::end_all(End why) {
  for (const auto& subscriber : subscribers_) subscriber->outlet_.end(why, std::nullopt);
}

// ---- handing it out

void Hub::wake(Subscriber& subscriber) {
  if (subscriber.ready_ || subscriber.removed_) return;
  subscriber.ready_ = true;
  ready_.push_back(subscriber.shared_from_this());
  schedule();
}

void Hub::schedule() {
  if (std::exchange(scheduled_, true)) return;
  loop_.post([this] { run_slice(); });
}

void Hub::run_slice() {
  scheduled_ = false;
  if (std::exchange(told_, false)) {
    for (const auto& subscriber : subscribers_) {
      if (subscriber->ranged_ && !subscriber->blocked_) wake(*subscriber);
    }
  }
  const auto end = std::chrono::steady_clock::now() + slice_time;
  for (int drains = 1; !ready_.empty(); ++drains) {
    const auto subscriber = std::move(ready_.front());
    ready_.pop_front();
    subscriber->ready_ = false;
    if (subscriber->drain()) wake(*subscriber);
    if (drains % drains_between_looks == 0 && std::chrono::steady_clock::now() >= end) break;
  }
  figures_.messages += std::exchange(messages_, 0);
  if (!ready_.empty()) return schedule();
  // All who read have been told; who catches up will want what has come since.
  if (behind_ == 0) recent_.begin(revision_);
}

void Hub::tick() {
  const std::int64_t now = now_ms();
  beat_ = (beat_ + 1) % beats_.size();
  for (Subscriber* subscriber : beats_[beat_]) subscriber->heartbeat();
  if (retries_ == 0) return;
  for (const auto& subscriber : subscribers_) subscriber->on_tick(now);
}

}  // namespace dcount::tails
