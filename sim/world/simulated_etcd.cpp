// Members, and what they are asked. The log, leaders, leases, watches and faults are in
// simulated_etcd_*.cpp.
#include "sim/world/simulated_etcd.h"

#include <algorithm>
#include <memory>
#include <string_view>

#include "server/store/etcd/messages.h"
#include "sim/world/txn_check.h"

namespace dcount::world {
namespace {

namespace etcd = store::etcd;

constexpr Micros request_time = 7 * second;  // 5 s and two elections

}  // namespace

SimulatedEtcd::SimulatedEtcd(EventQueue& time, Dice dice, EtcdShape shape, Trace& trace)
    : time_(time),
      dice_(dice),
      shape_(shape),
      trace_(trace),
      store_(shape.terse),
      members_(shape.members) {
  leader_ = static_cast<int>(dice_.roll(0).place(shape.members));
  moments_.push_back(store_.now());
}

// ---- who hears whom

bool SimulatedEtcd::linked(std::size_t a, std::size_t b) const {
  if (!runs(a) || !runs(b)) return false;
  return std::ranges::find(cuts_, Link(std::min(a, b), std::max(a, b))) == cuts_.end();
}

bool SimulatedEtcd::has_majority(std::size_t member) const {
  std::size_t reached = 0;
  for (std::size_t other = 0; other < members_.size(); ++other) {
    reached += linked(member, other) ? 1U : 0U;
  }
  return 2 * reached > members_.size();
}

bool SimulatedEtcd::works() const {
  return leader_ >= 0 && has_majority(static_cast<std::size_t>(leader_));
}

bool SimulatedEtcd::knows_leader(const Member& member) const {
  return member.hears || time_.now() < member.lost_leader + member.grace;
}

// ---- a member's work

/// After a while, unless it is killed meanwhile; if it is stopped then, when it goes on.
void SimulatedEtcd::later(std::size_t member, Micros delay, std::function<void()> action) {
  const std::uint64_t boots = members_[member].boots;
  time_.after(delay, [this, member, boots, action = std::move(action)]() mutable {
    Member& here = members_[member];
    if (here.boots != boots || !here.up) return;
    if (here.paused) return here.held.push_back(std::move(action));
    action();
  });
}

void SimulatedEtcd::answer(std::uint64_t request, GatewayReply reply) {
  const auto at = requests_.find(request);
  if (at == requests_.end()) return;
  const Answered answered = std::move(at->second.answered);
  requests_.erase(at);
  answered(std::move(reply));
}

void SimulatedEtcd::time_out(std::size_t member, std::uint64_t request, Micros asked) {
  later(member, asked + request_time - time_.now(),
        [this, request] { answer(request, refusal::timed_out()); });
}

void SimulatedEtcd::ask(std::size_t member, const std::string& path, std::string body,
                        Answered answered) {
  if (!members_[member].up) return answered({});
  const std::uint64_t request = next_request_++;
  requests_[request] = {member, std::move(answered)};
  later(member, draw(20, 100, member), [this, member, request, path, body = std::move(body)] {
    handle(member, request, path, body);
  });
}

void SimulatedEtcd::handle(std::size_t member, std::uint64_t request, const std::string& path,
                           const std::string& body) {
  if (!knows_leader(members_[member])) return answer(request, refusal::no_leader());
  if (path == etcd::txn_path) return handle_txn(member, request, body);
  if (path.starts_with("/v3/lease/")) return handle_lease(member, request, path, body);
  if (path == etcd::range_path) {
    const auto range = read_range(body);
    if (!range) return answer(request, refusal::malformed());
    const auto read = [this, member, range] { return store_.range(*range, moment(member)); };
    return range->serializable ? answer(request, read()) : read_after_leader(member, request, read);
  }
  if (path == "/v3/kv/put") {
    const auto put = read_put(body);
    if (!put) return answer(request, refusal::malformed());
    return propose(member, request, [this, put] { return store_.apply(*put); });
  }
  if (path == "/v3/kv/deleterange") {
    const auto erase = read_delete(body);
    if (!erase) return answer(request, refusal::malformed());
    return propose(member, request, [this, erase] { return store_.apply(*erase); });
  }
  if (path == "/v3/kv/compaction") {
    const auto compaction = read_compaction(body);
    if (!compaction) return answer(request, refusal::malformed());
    return propose(member, request,
                   [this, revision = compaction->revision] { return store_.compact(revision); });
  }
  answer(request, {404, "{\"error\":\"Not Found\",\"code\":5}"});
}

void SimulatedEtcd::handle_txn(std::size_t member, std::uint64_t request, const std::string& body) {
  auto read = read_txn(body);
  if (!read) return answer(request, refusal::malformed());
  const auto txn = std::make_shared<TxnRequest>(std::move(*read));
  auto checked = check_request(*txn, shape_.operations_max);
  if (checked.status != 200) return answer(request, std::move(checked));
  if (!is_read_only(*txn)) {
    return propose(member, request, [this, txn] { return store_.apply(*txn); });
  }
  const auto look = [this, member, txn] { return store_.read_txn(*txn, moment(member)); };
  return is_serializable(*txn) ? answer(request, look()) : read_after_leader(member, request, look);
}

}  // namespace dcount::world
