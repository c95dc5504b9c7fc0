// What is done to the cluster.
#include <algorithm>
#include <utility>

#include "sim/world/simulated_etcd.h"

namespace dcount::world {

bool SimulatedEtcd::kill(std::size_t member) {
  Member& here = members_[member];
  if (!here.up) return false;
  here.up = false;
  here.paused = false;
  here.hears = false;
  ++here.boots;
  here.held.clear();
  here.waiting.clear();
  here.reads.clear();
  std::vector<Answered> broken;
  std::erase_if(requests_, [&](auto& one) {
    if (one.second.member != member) return false;
    broken.push_back(std::move(one.second.answered));
    return true;
  });
  for (const Answered& answered : broken) answered({});
  end_streams(member, "");
  reconsider();
  return true;
}

bool SimulatedEtcd::start(std::size_t member) {
  Member& here = members_[member];
  if (here.up) return false;
  here.up = true;
  lose_leader(member, 0);
  // A leader that has died is a follower when it comes back.
  if (leader_ == static_cast<int>(member)) leader_ = -1;
  if (members_.size() == 1) lead(member);
  reconsider();
  return true;
}

bool SimulatedEtcd::pause(std::size_t member) {
  if (!runs(member)) return false;
  members_[member].paused = true;
  reconsider();
  return true;
}

bool SimulatedEtcd::resume(std::size_t member) {
  Member& here = members_[member];
  if (!here.up || !here.paused) return false;
  here.paused = false;
  reconsider();
  for (const auto& action : std::exchange(here.held, {})) later(member, 0, action);
  return true;
}

bool SimulatedEtcd::cut(std::size_t a, std::size_t b) {
  const Link link(std::min(a, b), std::max(a, b));
  if (a == b || std::ranges::find(cuts_, link) != cuts_.end()) return false;
  cuts_.push_back(link);
  reconsider();
  return true;
}

bool SimulatedEtcd::mend(std::size_t a, std::size_t b) {
  if (std::erase(cuts_, Link(std::min(a, b), std::max(a, b))) == 0) return false;
  reconsider();
  return true;
}

bool SimulatedEtcd::change_leader(Micros gap) {
  if (!works()) return false;
  trace_.note(
      [&] { return "etcd: " + name_of(static_cast<std::size_t>(leader_)) + " steps down"; });
  std::vector<std::size_t> others;
  for (std::size_t member = 0; member < members_.size(); ++member) {
    if (static_cast<int>(member) != leader_ && has_majority(member)) others.push_back(member);
  }
  if (others.empty()) return false;
  const std::size_t next = dice_.roll(members_.size()).any(others);
  for (std::size_t member = 0; member < members_.size(); ++member) {
    if (members_[member].hears) lose_leader(member, 0);
  }
  leader_ = -1;
  election_due_ = true;
  time_.after(gap, [this, next] {
    election_due_ = false;
    if (leader_ >= 0) return;
    if (has_majority(next)) return lead(next);
    reconsider();
  });
  return true;
}

bool SimulatedEtcd::compact(Revision back) {
  const Revision to = store_.now().revision - back;
  if (!works() || to <= store_.now().compacted) return false;
  Log entry;
  entry.change = [this, to] { return store_.compact(to); };
  append(std::move(entry));
  return true;
}

}  // namespace dcount::world
