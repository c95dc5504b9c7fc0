// The log: what is proposed, appended, committed and applied.
#include <memory>
#include <utility>

#include "sim/world/simulated_etcd.h"

namespace dcount::world {

void SimulatedEtcd::propose(std::size_t member, std::uint64_t request,
                            std::function<GatewayReply()> change) {
  Log entry;
  entry.change = std::move(change);
  entry.proposer = member;
  entry.request = request;
  entry.proposed = time_.now();
  forward(member, std::move(entry), 25);
}

/// To the leader. What cannot be delivered may be so later, when the link is mended, or never.
void SimulatedEtcd::forward(std::size_t member, Log entry, int tries) {
  const auto leader = static_cast<std::size_t>(leader_);
  if (leader_ == static_cast<int>(member)) return append(std::move(entry));
  const bool reached = leader_ >= 0 && linked(member, leader);
  if (!reached && (tries == 0 || dice_.roll(member).one_in(8))) {
    return time_out(member, entry.request, entry.proposed);
  }
  const Micros delay = reached ? draw(50, 400, member) : 200 * millisecond;
  time_.after(delay, [this, member, reached, tries, entry = std::move(entry)]() mutable {
    if (!reached) return forward(member, std::move(entry), tries - 1);
    if (!works()) return time_out(member, entry.request, entry.proposed);
    append(std::move(entry));
  });
}

void SimulatedEtcd::append(Log entry) {
  entry.place = ++appended_;
  entry.reached_others = works();
  const std::uint64_t place = entry.place;
  tail_.push_back(std::move(entry));
  time_.after(draw(shape_.commit_min, shape_.commit_max),
              [this, place, term = term_] { commit_to(place, term); });
}

void SimulatedEtcd::commit_to(std::uint64_t place, std::uint64_t term) {
  if (term != term_) return;
  if (!works()) {  // whoever leads next decides
    for (const Log& entry : tail_) {
      if (entry.place == place) time_out(entry.proposer, entry.request, entry.proposed);
    }
    return;
  }
  while (!tail_.empty() && tail_.front().place <= place) {
    Log entry = std::move(tail_.front());
    tail_.pop_front();
    apply(entry);
  }
}

void SimulatedEtcd::apply(Log& entry) {
  auto reply = std::make_shared<GatewayReply>(entry.change());
  moments_.push_back(store_.now());
  const std::uint64_t index = moments_.size() - 1;
  if (entry.request != 0 && requests_.contains(entry.request)) {
    members_[entry.proposer].waiting.push_back(
        {index, entry.request, [reply] { return std::move(*reply); }});
  }
  for (std::size_t member = 0; member < members_.size(); ++member) {
    if (static_cast<int>(member) == leader_) {
      members_[member].applied = index;
      flush(member);
    } else if (members_[member].hears) {
      Random random = dice_.roll(member);
      const Micros usual = random.between(100, 1500);
      later(member, random.one_in(50) ? 20 * usual : usual,
            [this, member, index] { catch_up(member, index); });
    }
  }
}

void SimulatedEtcd::catch_up(std::size_t member, std::uint64_t index) {
  Member& here = members_[member];
  if (!here.hears || here.applied >= index) return;
  here.applied = index;
  flush(member);
}

/// Answers what has waited for what is applied now, and tells watches.
void SimulatedEtcd::flush(std::size_t member) {
  Member& here = members_[member];
  std::vector<Waiting> ready;
  std::erase_if(here.waiting, [&](Waiting& one) {
    if (one.index > here.applied) return false;
    ready.push_back(std::move(one));
    return true;
  });
  for (Waiting& one : ready) answer(one.request, one.reply());
  for (auto& [id, stream] : streams_) {
    if (stream.member == member) send_events(stream);
  }
}

/// As linearizable reads do: the leader, which asks a majority, says how far the log is; then this
/// member applies as much.
void SimulatedEtcd::read_after_leader(std::size_t member, std::uint64_t request,
                                      std::function<GatewayReply()> read) {
  members_[member].reads.push_back(request);
  const Micros asked = time_.now();
  later(member, draw(100, 800, member), [this, member, request, asked, read = std::move(read)] {
    Member& here = members_[member];
    if (!requests_.contains(request)) return;  // it has failed
    if (!here.hears) return time_out(member, request, asked);
    std::erase(here.reads, request);
    here.waiting.push_back({moments_.size() - 1, request, read});
    flush(member);
  });
}

void SimulatedEtcd::fail_reads() {
  for (Member& member : members_) {
    for (const std::uint64_t request : std::exchange(member.reads, {})) {
      answer(request, refusal::leader_changed());
    }
  }
}

}  // namespace dcount::world
