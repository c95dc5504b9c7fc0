#include "server/store/etcd/follower.h"

#include <utility>

namespace dcount::store::etcd {
namespace {

// The heartbeat comes back every second; a stream that brings nothing for so long is dead.
constexpr std::chrono::milliseconds silence_max{4000};
constexpr std::chrono::milliseconds rest_time{100};

// From one stream to the next, before anybody is told.
constexpr std::chrono::milliseconds break_max{2000};

}  // namespace

Follower::Follower(Access access, std::size_t first_endpoint, Revision after, ChangeSink& sink)
    : feed_(access.address.prefix, after),
      sink_(sink),
      connection_(std::move(access), silence_max, first_endpoint),
      last_followed_(Clock::duration::min() / 2),
      last_news_(Clock::now().time_since_epoch()),
      thread_([this] { follow(); }) {}

Follower::~Follower() {
  stopping_ = true;
  // A stream that is only just being opened does not hear the first call.
  while (!ended_) {
    connection_.stop();
    resting_.notify_all();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  thread_.join();
}

std::string Follower::trouble(bool expected) const {
  if (gap_) return "changes were lost, all is being loaded again";
  const auto now = Clock::now().time_since_epoch();
  if (!following_ && now - last_followed_.load() > break_max) {
    const std::lock_guard lock(mutex_);
    return "the changes of other servers do not arrive: " + why_;
  }
  const auto silence = now - last_news_.load();
  if (!expected || silence < silence_max) return {};
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(silence).count();
  return "no change has arrived for " + std::to_string(seconds) + " s";
}

void Follower::follow() {
  while (!stopping_) {
    if (follow_stream() == Feed::State::compacted && !stopping_) {
      gap_ = true;
      sink_.on_gap();
      break;
    }
  }
  ended_ = true;
}

/// One stream, to its end.
Feed::State Follower::follow_stream() {
  Feed::State state = Feed::State::going_on;
  const std::string ended =
      connection_.stream(feed_.request(), silence_max, [&](std::string_view piece) {
        state = feed_.take(piece, [this](Revision revision, const std::vector<Entry>& entries) {
          deliver(revision, entries);
        });
        following_ = feed_.following();
        return state == Feed::State::going_on && !stopping_;
      });
  if (following_.exchange(false)) last_followed_ = Clock::now().time_since_epoch();
  if (state != Feed::State::compacted) rest(state == Feed::State::broken ? feed_.error() : ended);
  return state;
}

void Follower::deliver(Revision revision, const std::vector<Entry>& entries) {
  last_news_ = Clock::now().time_since_epoch();
  if (!entries.empty()) sink_.on_changes(revision, entries);
}

/// Before the next stream.
void Follower::rest(std::string why) {
  std::unique_lock lock(mutex_);
  why_ = std::move(why);
  resting_.wait_for(lock, rest_time, [this] { return stopping_.load(); });
}

}  // namespace dcount::store::etcd
