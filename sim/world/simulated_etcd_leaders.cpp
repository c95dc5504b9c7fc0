// Who leads, who hears it, and what a change of leaders costs.
#include <utility>

#include "sim/world/simulated_etcd.h"

namespace dcount::world {
namespace {

constexpr Micros election_min = second;
constexpr Micros election_max = 2 * second;
constexpr Micros stream_without_leader = 3 * second;

}  // namespace

void SimulatedEtcd::lose_leader(std::size_t member, Micros grace) {
  Member& here = members_[member];
  here.hears = false;
  here.lost_leader = time_.now();
  here.grace = grace;
  later(member, grace + stream_without_leader, [this, member, since = here.lost_leader] {
    const Member& now = members_[member];
    if (now.hears || now.lost_leader != since) return;
    end_streams(member,
                "{\"error\":{\"grpc_code\":14,\"http_code\":503,\"message\":"
                "\"etcdserver: no leader\",\"http_status\":\"Service Unavailable\"}}\n");
  });
}

/// Who hears the leader now, and whether there has to be another one.
void SimulatedEtcd::reconsider() {
  const bool working = works();
  for (std::size_t member = 0; member < members_.size(); ++member) {
    Member& here = members_[member];
    const bool hears = working && linked(member, static_cast<std::size_t>(leader_));
    if (here.hears && !hears) lose_leader(member, draw(election_min, election_max, member));
    here.hears = hears;
    if (hears && here.applied + 1 < moments_.size()) {
      later(member, draw(200, 3000, member),
            [this, member, index = moments_.size() - 1] { catch_up(member, index); });
    }
  }
  if (working) {
    if (!tail_.empty()) {
      time_.after(draw(shape_.commit_min, shape_.commit_max),
                  [this, place = appended_, term = term_] { commit_to(place, term); });
    }
  } else if (!election_due_) {
    election_due_ = true;
    time_.after(draw(election_min, election_max), [this] { elect(); });
  }
}

void SimulatedEtcd::elect() {
  election_due_ = false;
  if (works()) return;
  std::vector<std::size_t> candidates;
  for (std::size_t member = 0; member < members_.size(); ++member) {
    if (has_majority(member)) candidates.push_back(member);
  }
  if (!candidates.empty()) return lead(dice_.roll(members_.size()).any(candidates));
  trace_.note([] { return "etcd: no majority, no leader"; });  // until somebody comes back
}

/// Of what the old leader had appended, a beginning may have come to those who elect now.
void SimulatedEtcd::lead(std::size_t member) {
  ++term_;
  if (leader_ != static_cast<int>(member)) {
    Random random = dice_.roll(member);
    std::size_t kept = 0;
    while (kept < tail_.size() && tail_[kept].reached_others && !random.one_in(2)) ++kept;
    for (std::size_t i = kept; i < tail_.size(); ++i) {
      if (tail_[i].request == 0) continue;
      time_out(tail_[i].proposer, tail_[i].request, tail_[i].proposed);
    }
    trace_.note([&] {
      return "etcd: " + name_of(member) + " leads, " + std::to_string(kept) + " of " +
             std::to_string(tail_.size()) + " changes under way are kept";
    });
    tail_.resize(kept);
  } else {
    trace_.note([&] { return "etcd: " + name_of(member) + " leads again"; });
  }
  leader_ = static_cast<int>(member);
  members_[member].applied = moments_.size() - 1;
  for (auto& [id, lease] : leases_) lease.expires = time_.now() + lease.ttl_s * second;
  fail_reads();
  reconsider();
  flush(member);
}

}  // namespace dcount::world
