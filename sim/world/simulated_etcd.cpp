#include "sim/world/simulated_etcd.h"

#include <algorithm>
#include <memory>
#include <string_view>

#include "server/store/etcd/messages.h"

namespace dcount::world {
namespace {

namespace etcd = store::etcd;

constexpr Micros request_time = 7 * second;  // 5 s and two elections
constexpr Micros election_min = second;
constexpr Micros election_max = 2 * second;
constexpr Micros stream_without_leader = 3 * second;
constexpr std::int64_t ttl_min_s = 2;  // one and a half elections

GatewayReply nothing() { return {}; }

std::string name_of(std::size_t member) { return "etcd-" + std::to_string(member + 1); }

std::pair<std::size_t, std::size_t> link_of(std::size_t a, std::size_t b) {
  return {std::min(a, b), std::max(a, b)};
}

}  // namespace

SimulatedEtcd::SimulatedEtcd(EventQueue& time, Random random, EtcdShape shape, Trace& trace)
    : time_(time),
      random_(random),
      shape_(shape),
      trace_(trace),
      store_(shape.terse),
      members_(shape.members) {
  leader_ = static_cast<int>(random_.place(shape.members));
  moments_.push_back(store_.now());
}

// ---- who hears whom

bool SimulatedEtcd::linked(std::size_t a, std::size_t b) const {
  if (!runs(a) || !runs(b)) return false;
  return std::ranges::find(cuts_, link_of(a, b)) == cuts_.end();
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
  later(member, random_.between(20, 100), [this, member, request, path, body = std::move(body)] {
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

// ---- leases

void SimulatedEtcd::handle_lease(std::size_t member, std::uint64_t request, const std::string& path,
                                 const std::string& body) {
  const auto lease = read_lease(body);
  if (!lease) return answer(request, refusal::malformed());
  if (path == etcd::grant_path) return grant(member, request, lease->ttl_s);
  if (path == etcd::keep_alive_path) return keep_alive(member, request, lease->id);
  if (path != etcd::revoke_path) return answer(request, {404, "{}"});
  propose(member, request, [this, id = lease->id] {
    leases_.erase(id);
    return store_.revoke(id) ? GatewayReply{200, "{}"} : refusal::lease_not_found();
  });
}

void SimulatedEtcd::grant(std::size_t member, std::uint64_t request, std::int64_t ttl_s) {
  const auto id = static_cast<std::int64_t>(random_.next() >> 2 | 1);
  ttl_s = std::max(ttl_s, ttl_min_s);
  propose(member, request, [this, id, ttl_s] {
    if (store_.full()) return refusal::no_space();
    store_.grant(id);
    leases_[id] = {ttl_s, time_.now() + ttl_s * second};
    time_.after(ttl_s * second, [this, id] { check_lease(id); });
    return GatewayReply{
        200, "{\"ID\":\"" + std::to_string(id) + "\",\"TTL\":\"" + std::to_string(ttl_s) + "\"}"};
  });
}

void SimulatedEtcd::keep_alive(std::size_t member, std::uint64_t request, std::int64_t lease) {
  const auto renew = [this, lease] {
    const auto at = leases_.find(lease);
    std::string body = "{\"result\":{\"ID\":\"" + std::to_string(lease) + "\"";
    if (at != leases_.end()) {
      at->second.expires = time_.now() + at->second.ttl_s * second;
      body += ",\"TTL\":\"" + std::to_string(at->second.ttl_s) + "\"";
    }
    return GatewayReply{200, body + "}}\n"};
  };
  read_after_leader(member, request, renew);  // the leader's to do, but through no log
}

void SimulatedEtcd::check_lease(std::int64_t lease) {
  const auto at = leases_.find(lease);
  if (at == leases_.end()) return;
  if (time_.now() < at->second.expires) {
    return time_.at(at->second.expires, [this, lease] { check_lease(lease); });
  }
  if (!works()) return time_.after(second / 2, [this, lease] { check_lease(lease); });
  trace_.note([&] { return "etcd: a lease has expired"; });
  at->second.expires = time_.now() + second;  // should this be lost
  Log entry;
  entry.change = [this, lease] {
    leases_.erase(lease);
    store_.revoke(lease);
    return nothing();
  };
  append(std::move(entry));
  time_.after(second, [this, lease] { check_lease(lease); });
}

// ---- the log

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
  if (!reached && (tries == 0 || random_.one_in(8))) {
    return time_out(member, entry.request, entry.proposed);
  }
  const Micros delay = reached ? random_.between(50, 400) : 200 * millisecond;
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
  time_.after(random_.between(shape_.commit_min, shape_.commit_max),
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
      Micros delay = random_.between(100, 1500);
      if (random_.one_in(50)) delay *= 20;
      later(member, delay, [this, member, index] { catch_up(member, index); });
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
  later(member, random_.between(100, 800), [this, member, request, asked, read = std::move(read)] {
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

// ---- leaders

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
    if (here.hears && !hears) lose_leader(member, random_.between(election_min, election_max));
    here.hears = hears;
    if (hears && here.applied + 1 < moments_.size()) {
      later(member, random_.between(200, 3000),
            [this, member, index = moments_.size() - 1] { catch_up(member, index); });
    }
  }
  if (working) {
    if (!tail_.empty()) {
      time_.after(random_.between(shape_.commit_min, shape_.commit_max),
                  [this, place = appended_, term = term_] { commit_to(place, term); });
    }
  } else if (!election_due_) {
    election_due_ = true;
    time_.after(random_.between(election_min, election_max), [this] { elect(); });
  }
}

void SimulatedEtcd::elect() {
  election_due_ = false;
  if (works()) return;
  std::vector<std::size_t> candidates;
  for (std::size_t member = 0; member < members_.size(); ++member) {
    if (has_majority(member)) candidates.push_back(member);
  }
  if (!candidates.empty()) return lead(random_.any(candidates));
  trace_.note([] { return "etcd: no majority, no leader"; });  // until somebody comes back
}

/// Of what the old leader had appended, a beginning may have come to those who elect now.
void SimulatedEtcd::lead(std::size_t member) {
  ++term_;
  if (leader_ != static_cast<int>(member)) {
    std::size_t kept = 0;
    while (kept < tail_.size() && tail_[kept].reached_others && !random_.one_in(2)) ++kept;
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

// ---- watches

SimulatedEtcd::StreamId SimulatedEtcd::watch(std::size_t member, const std::string& body,
                                             StreamSink sink) {
  const StreamId id = next_stream_++;
  const auto request = read_watch(body);
  if (!request || !members_[member].up) {
    sink.on_end();
    return id;
  }
  Stream& stream = streams_[id];
  stream = {member, *request, std::move(sink), request->from, true};
  later(member, random_.between(20, 100), [this, id] { open_stream(id); });
  return id;
}

void SimulatedEtcd::open_stream(StreamId id) {
  const auto at = streams_.find(id);
  if (at == streams_.end()) return;
  Stream& stream = at->second;
  if (!knows_leader(members_[stream.member])) {
    const auto on_end = stream.sink.on_end;
    streams_.erase(at);
    return on_end();
  }
  const Moment& known = moment(stream.member);
  stream.sink.on_bytes("{\"result\":{\"header\":{\"revision\":\"" + std::to_string(known.revision) +
                       "\"},\"created\":true}}\n");
  if (stream.next == 0) stream.next = known.revision + 1;
  if (stream.next < known.compacted) {  // it stays open, and nothing comes any more
    return stream.sink.on_bytes(
        "{\"result\":{\"header\":{},\"canceled\":true,"
        "\"compact_revision\":\"" +
        std::to_string(known.compacted) + "\"}}\n");
  }
  stream.canceled = false;
  send_events(stream);
}

/// All there is, in one message or in pieces of one.
void SimulatedEtcd::send_events(Stream& stream) {
  const Moment& known = moment(stream.member);
  if (stream.canceled || stream.next > known.revision) return;
  std::vector<const MvccStore::Event*> events;
  for (Revision revision = stream.next; revision <= known.revision; ++revision) {
    for (const MvccStore::Event& event : store_.events(revision)) {
      // A bug of this etcd's (#19179): what was erased by the very revision that was compacted to
      // is not told to who begins there.
      if (event.erased && revision == stream.request.from && revision == known.compacted) continue;
      const bool wanted =
          event.key >= stream.request.key &&
          (stream.request.end == std::string_view("\0", 1) || event.key < stream.request.end);
      if (wanted) events.push_back(&event);
    }
  }
  stream.next = known.revision + 1;
  const std::size_t most = stream.request.fragment && shape_.fragment_events_max > 0
                               ? shape_.fragment_events_max
                               : events.size();
  for (std::size_t begin = 0; begin < events.size(); begin += most) {
    const std::size_t end = std::min(begin + most, events.size());
    std::string line =
        "{\"result\":{\"header\":{\"revision\":\"" + std::to_string(known.revision) + "\"}";
    if (end < events.size()) line += ",\"fragment\":true";
    line += ",\"events\":[";
    for (std::size_t i = begin; i < end; ++i) {
      if (i > begin) line += ',';
      line += events[i]->json;
    }
    stream.sink.on_bytes(line + "]}}\n");
  }
}

void SimulatedEtcd::end_streams(std::size_t member, const std::string& last_line) {
  std::vector<StreamSink> ended;
  std::erase_if(streams_, [&](auto& one) {
    if (one.second.member != member) return false;
    ended.push_back(std::move(one.second.sink));
    return true;
  });
  for (StreamSink& sink : ended) {
    if (!last_line.empty()) sink.on_bytes(last_line);
    sink.on_end();
  }
}

// ---- faults

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
  if (a == b || std::ranges::find(cuts_, link_of(a, b)) != cuts_.end()) return false;
  cuts_.push_back(link_of(a, b));
  reconsider();
  return true;
}

bool SimulatedEtcd::mend(std::size_t a, std::size_t b) {
  if (std::erase(cuts_, link_of(a, b)) == 0) return false;
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
  const std::size_t next = random_.any(others);
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
