// A cluster of etcd members at the level of their JSON gateways: what they answer, in virtual time,
// when they agree, when they cannot, and when nobody knows.
//
// Raft is taken for granted, not simulated message by message: there is one log. What is in it and
// what each member has applied of it are kept apart, and so are what a leader has appended and what
// is committed: when the leader changes, a part of the former is lost.
//
//   member without a leader    refuses at once ("no leader"; who asks sends hasleader)
//   change lost, or cut off    "request timed out" after 7 s
//   read that meets an election  "leader changed"
//   member that was killed     closes its connections; what it had proposed may still be committed
//   member that is behind      answers serializable reads and watches from what it knows
//
// Source: etcd 3.4.23 (v3_server.go, apply.go, mvcc), and what tests/world compares with a real
// one.
//
// Thread-safety: none; one world's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sim/world/dice.h"
#include "sim/world/mvcc_store.h"
#include "sim/world/trace.h"

namespace dcount::world {

struct EtcdShape {
  std::size_t members = 3;
  std::size_t operations_max = 128;     ///< --max-txn-ops
  std::size_t fragment_events_max = 0;  ///< of a watch's message; 0: not fragmented
  bool terse = true;                    ///< MvccStore's
  Micros commit_min = 300;
  Micros commit_max = 2000;
};

class SimulatedEtcd {
 public:
  using Answered = std::function<void(GatewayReply)>;
  using StreamId = std::uint64_t;
  struct StreamSink {
    std::function<void(std::string bytes)> on_bytes;
    std::function<void()> on_end;  ///< the member has closed it
  };

  SimulatedEtcd(EventQueue& time, Dice dice, EtcdShape shape, Trace& trace);

  std::size_t members() const { return members_.size(); }

  /// The process is there, stopped or not: connections to it can be made.
  bool listens(std::size_t member) const { return members_[member].up; }
  std::uint64_t boots(std::size_t member) const { return members_[member].boots; }

  /// The request has reached the member. `answered` is called once, or never (a member that hangs).
  void ask(std::size_t member, const std::string& path, std::string body, Answered answered);

  StreamId watch(std::size_t member, const std::string& body, StreamSink sink);
  /// Nothing comes any more.
  void close(StreamId stream) { streams_.erase(stream); }

  // Faults. Those that have no effect at present (a member that is dead already) say false.
  bool kill(std::size_t member);
  bool start(std::size_t member);
  bool pause(std::size_t member);
  bool resume(std::size_t member);
  bool cut(std::size_t a, std::size_t b);
  bool mend(std::size_t a, std::size_t b);
  /// The leader steps down; for `gap` there is none.
  bool change_leader(Micros gap);
  /// Forgets the history up to `back` revisions before the newest.
  bool compact(Revision back);
  void set_full(bool full) { store_.set_full(full); }

  bool works() const;
  int leader() const { return leader_; }
  const MvccStore& store() const { return store_; }

 private:
  using Link = std::pair<std::size_t, std::size_t>;  ///< of two members, the smaller one first
  struct Log {
    std::function<GatewayReply()> change;
    std::size_t proposer = 0;
    std::uint64_t request = 0;
    std::uint64_t place = 0;
    Micros proposed = 0;
    bool reached_others = false;
  };
  struct Waiting {
    std::uint64_t index = 0;  ///< of the log
    std::uint64_t request = 0;
    std::function<GatewayReply()> reply;
  };
  struct Member {
    bool up = true;
    bool paused = false;
    bool hears = true;  ///< the leader, which has a majority
    std::uint64_t boots = 0;
    std::uint64_t applied = 0;
    Micros lost_leader = 0;
    Micros grace = 0;  ///< after which it says that it has none
    std::vector<std::function<void()>> held;
    std::vector<Waiting> waiting;      ///< for what it has not applied yet
    std::vector<std::uint64_t> reads;  ///< requests that wait for the leader's word
  };
  struct Request {
    std::size_t member = 0;
    Answered answered;
  };
  struct Stream {
    std::size_t member = 0;
    WatchRequest request;
    StreamSink sink;
    Revision next = 0;
    bool canceled = false;
  };
  struct Lease {
    std::int64_t ttl_s = 0;
    Micros expires = 0;
  };

  bool runs(std::size_t member) const { return members_[member].up && !members_[member].paused; }
  static std::string name_of(std::size_t member) { return "etcd-" + std::to_string(member + 1); }
  bool linked(std::size_t a, std::size_t b) const;
  bool has_majority(std::size_t member) const;
  bool knows_leader(const Member& member) const;
  const Moment& moment(std::size_t member) const { return moments_[members_[member].applied]; }

  /// Who draws: a member, or (the default) all of them.
  Micros draw(Micros least, Micros most, std::size_t who) {
    return dice_.roll(who).between(least, most);
  }
  Micros draw(Micros least, Micros most) { return draw(least, most, members_.size()); }

  void later(std::size_t member, Micros delay, std::function<void()> action);
  void answer(std::uint64_t request, GatewayReply reply);
  void time_out(std::size_t member, std::uint64_t request, Micros asked);

  void handle(std::size_t member, std::uint64_t request, const std::string& path,
              const std::string& body);
  void handle_txn(std::size_t member, std::uint64_t request, const std::string& body);
  void handle_lease(std::size_t member, std::uint64_t request, const std::string& path,
                    const std::string& body);
  void grant(std::size_t member, std::uint64_t request, std::int64_t ttl_s);
  void keep_alive(std::size_t member, std::uint64_t request, std::int64_t lease);
  void check_lease(std::int64_t lease);

  void propose(std::size_t member, std::uint64_t request, std::function<GatewayReply()> change);
  void forward(std::size_t member, Log entry, int tries);
  void append(Log entry);
  void commit_to(std::uint64_t place, std::uint64_t term);
  void apply(Log& entry);
  void catch_up(std::size_t member, std::uint64_t index);
  void flush(std::size_t member);
  void read_after_leader(std::size_t member, std::uint64_t request,
                         std::function<GatewayReply()> read);

  void reconsider();
  void lose_leader(std::size_t member, Micros grace);
  void elect();
  void lead(std::size_t member);
  void fail_reads();

  void open_stream(StreamId id);
  void send_events(Stream& stream);
  void end_streams(std::size_t member, const std::string& last_line);

  EventQueue& time_;
  Dice dice_;
  const EtcdShape shape_;
  Trace& trace_;
  MvccStore store_;
  std::vector<Member> members_;
  std::vector<Link> cuts_;
  int leader_ = 0;
  std::uint64_t term_ = 1;
  bool election_due_ = false;
  std::deque<Log> tail_;  ///< appended by the leader, not committed
  std::uint64_t appended_ = 0;
  std::vector<Moment> moments_;  ///< by index of the log: what it has led to; [0] is the beginning
  std::map<std::uint64_t, Request> requests_;
  std::uint64_t next_request_ = 1;
  std::map<StreamId, Stream> streams_;
  StreamId next_stream_ = 1;
  std::map<std::int64_t, Lease> leases_;
};

}  // namespace dcount::world
