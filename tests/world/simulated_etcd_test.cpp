// The simulated etcd: what it says when members cannot agree, and what nobody may rely on.
#include "sim/world/simulated_etcd.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "server/store/etcd/messages.h"
#include "server/store/etcd/reply.h"

namespace dcount::world {
namespace {

namespace etcd = store::etcd;

class SimulatedEtcdTest : public testing::Test {
 protected:
  explicit SimulatedEtcdTest(EtcdShape shape = {})
      : etcd(time, Dice(time, 1, 0), shape, trace), shape(shape) {}

  struct Pending {
    std::optional<GatewayReply> reply;
  };

  std::shared_ptr<Pending> ask(std::size_t member, const char* path, std::string body) {
    auto pending = std::make_shared<Pending>();
    etcd.ask(member, path, std::move(body),
             [pending](GatewayReply reply) { pending->reply = std::move(reply); });
    return pending;
  }
  std::shared_ptr<Pending> put(std::size_t member, const std::string& key,
                               const std::string& value = "v", std::int64_t lease = 0) {
    etcd::Txn txn;
    txn.success.push_back(etcd::put_of(key, value, lease));
    return ask(member, etcd::txn_path, etcd::txn_body(txn, ""));
  }
  std::shared_ptr<Pending> read(std::size_t member, const std::string& key,
                                bool serializable = false) {
    etcd::Operation range = etcd::range_of(key);
    range.serializable = serializable;
    return ask(member, etcd::range_path, etcd::range_body(range, ""));
  }
  void pass(Micros time_to_pass) {
    const Micros until = time.now() + time_to_pass;
    while (time.step(until)) {
    }
    time.pass(until);
  }
  etcd::Fate fate(const Pending& pending) const {
    if (pending.reply->status == 0) return etcd::Fate::unknown;
    return etcd::fate_of({etcd::Reply::Kind::answered, pending.reply->status, pending.reply->body});
  }
  std::size_t leader() const { return static_cast<std::size_t>(etcd.leader()); }
  std::size_t follower() const { return (leader() + 1) % shape.members; }
  std::size_t other_follower() const { return (leader() + 2) % shape.members; }
  std::string value(const Pending& pending) const {
    const auto range = etcd::parse_range(pending.reply->body, "");
    return range->entries.empty() ? "" : range->entries.front().value;
  }
  void isolate(std::size_t member) {
    for (std::size_t other = 0; other < shape.members; ++other) etcd.cut(member, other);
  }

  EventQueue time;
  Trace trace{false, time};
  SimulatedEtcd etcd;
  const EtcdShape shape;
};

TEST_F(SimulatedEtcdTest, WhatOneMemberAcknowledgedEveryMemberReads) {
  const auto written = put(follower(), "k");
  pass(second);
  ASSERT_TRUE(written->reply);
  EXPECT_EQ(written->reply->status, 200);
  for (std::size_t member = 0; member < 3; ++member) {
    const auto found = read(member, "k");
    pass(second);
    EXPECT_EQ(value(*found), "v");
  }
}

TEST_F(SimulatedEtcdTest, AMemberWithoutALeaderRefusesAtOnce) {
  const std::size_t alone = follower();
  isolate(alone);
  pass(3 * second);
  const auto written = put(alone, "k");
  const auto found = read(alone, "k", true);
  pass(millisecond);
  ASSERT_TRUE(written->reply);
  EXPECT_EQ(written->reply->status, 503);
  EXPECT_EQ(fate(*written), etcd::Fate::not_done);
  ASSERT_TRUE(found->reply);
  EXPECT_EQ(found->reply->status, 503) << "who asks sends hasleader";
}

TEST_F(SimulatedEtcdTest, AWriteThatMeetsACutLeaderIsOfUnknownFateAfterSevenSeconds) {
  const std::size_t old = leader();
  isolate(old);
  const auto written = put(old, "k");
  pass(6900 * millisecond);
  EXPECT_FALSE(written->reply);
  pass(second);
  ASSERT_TRUE(written->reply);
  EXPECT_EQ(written->reply->status, 503);
  EXPECT_EQ(fate(*written), etcd::Fate::unknown);
  EXPECT_NE(leader(), old) << "the others have elected another one";
}

TEST_F(SimulatedEtcdTest, ACutMemberAnswersSerializableReadsFromThePast) {
  const std::size_t behind = follower();
  put(leader(), "k", "old");
  pass(second);
  isolate(behind);
  put(leader(), "k", "new");
  pass(100 * millisecond);
  const auto stale = read(behind, "k", true);
  const auto fresh = read(leader(), "k");
  const auto never = read(behind, "k");
  pass(100 * millisecond);
  EXPECT_EQ(value(*stale), "old");
  EXPECT_EQ(value(*fresh), "new");
  EXPECT_FALSE(never->reply) << "a linearizable read wants the leader's word";
}

TEST_F(SimulatedEtcdTest, ATransactionOfEmptyBranchesAnswersFromThePastToo) {
  const std::size_t behind = follower();
  isolate(behind);
  put(leader(), "k");
  pass(100 * millisecond);
  etcd::Txn txn;
  txn.compare.push_back({etcd::Compare::Of::absent, "k", {}, {}, 0});
  const auto judged = ask(behind, etcd::txn_path, etcd::txn_body(txn, ""));
  pass(10 * millisecond);
  ASSERT_TRUE(judged->reply);
  EXPECT_TRUE(etcd::parse_txn(judged->reply->body, "")->succeeded);
}

TEST_F(SimulatedEtcdTest, AKilledMemberClosesItsConnectionsAndMayHaveProposed) {
  int applied = 0;
  for (int i = 0; i < 40; ++i) {
    const std::string key = "k" + std::to_string(i);
    const std::size_t victim = follower();
    const auto written = put(victim, key);
    pass(Random(static_cast<std::uint64_t>(i)).between(50, 600));
    ASSERT_TRUE(etcd.kill(victim));
    ASSERT_TRUE(written->reply);
    EXPECT_EQ(written->reply->status, 0);
    pass(second);
    const auto found = read(leader(), key);
    pass(second);
    applied += value(*found).empty() ? 0 : 1;
    etcd.start(victim);
    pass(3 * second);
  }
  EXPECT_GT(applied, 0);
  EXPECT_LT(applied, 40);
}

TEST_F(SimulatedEtcdTest, WhatWasAcknowledgedOutlivesEveryLeader) {
  for (int i = 0; i < 20; ++i) {
    const auto written = put(leader(), "k", std::to_string(i));
    pass(second);
    ASSERT_EQ(written->reply->status, 200);
    const std::size_t old = leader();
    etcd.kill(old);
    pass(4 * second);
    ASSERT_NE(leader(), old);
    const auto found = read(leader(), "k");
    pass(second);
    EXPECT_EQ(value(*found), std::to_string(i));
    etcd.start(old);
    pass(4 * second);
  }
}

TEST_F(SimulatedEtcdTest, WithoutAMajorityNothingIsWrittenUntilItComesBack) {
  etcd.kill(follower());
  etcd.kill(other_follower());
  const auto written = put(leader(), "k");
  pass(8 * second);
  ASSERT_TRUE(written->reply);
  EXPECT_EQ(written->reply->status, 503);
  for (std::size_t member = 0; member < 3; ++member) etcd.start(member);
  pass(4 * second);
  const auto again = put(leader(), "k2");
  pass(second);
  EXPECT_EQ(again->reply->status, 200);
}

TEST_F(SimulatedEtcdTest, AnEtcdWithoutRoomRefusesPutsButNotWhatErases) {
  put(0, "k");
  pass(second);
  etcd.set_full(true);
  const auto refused = put(0, "k2");
  etcd::Txn txn;
  txn.success.push_back(etcd::erase_of("k"));
  const auto erased = ask(0, etcd::txn_path, etcd::txn_body(txn, ""));
  pass(second);
  EXPECT_EQ(refused->reply->status, 429);
  EXPECT_EQ(fate(*refused), etcd::Fate::full);
  EXPECT_EQ(erased->reply->status, 200);
}

// ---- leases

TEST_F(SimulatedEtcdTest, AKeyGoesWithItsLeaseUnlessThatIsKeptAlive) {
  const auto granted = ask(0, etcd::grant_path, etcd::grant_body(3));
  pass(second / 10);
  const auto lease = etcd::parse_lease(granted->reply->body);
  ASSERT_TRUE(lease);
  put(0, "alive", "v", lease->id);
  for (int i = 0; i < 5; ++i) {
    const auto kept = ask(0, etcd::keep_alive_path, etcd::lease_body(lease->id));
    pass(2 * second);
    EXPECT_EQ(etcd::parse_lease(kept->reply->body)->ttl_s, 3);
    const auto found = read(0, "alive");
    pass(second / 100);
    EXPECT_EQ(value(*found), "v");
  }
  pass(5 * second);
  const auto found = read(0, "alive");
  const auto kept = ask(0, etcd::keep_alive_path, etcd::lease_body(lease->id));
  const auto late = put(0, "alive", "v", lease->id);
  pass(second);
  EXPECT_EQ(value(*found), "");
  EXPECT_EQ(kept->reply->status, 200);
  EXPECT_EQ(etcd::parse_lease(kept->reply->body)->ttl_s, 0) << "that is how it says so";
  EXPECT_EQ(late->reply->status, 404);
}

// ---- watches

struct Stream {
  std::string bytes;
  bool ended = false;
};

class WatchTest : public SimulatedEtcdTest {
 protected:
  WatchTest() : SimulatedEtcdTest(EtcdShape{.fragment_events_max = 2}) {}

  std::shared_ptr<Stream> watch(std::size_t member, Revision from) {
    auto stream = std::make_shared<Stream>();
    etcd.watch(member, etcd::watch_body(from, "k"),
               {[stream](std::string bytes) { stream->bytes += bytes; },
                [stream] { stream->ended = true; }});
    return stream;
  }
  static std::vector<etcd::WatchReply> lines(const Stream& stream) {
    std::vector<etcd::WatchReply> replies;
    for (std::size_t begin = 0; begin < stream.bytes.size();) {
      const std::size_t end = stream.bytes.find('\n', begin);
      replies.push_back(*etcd::parse_watch(stream.bytes.substr(begin, end - begin), "k"));
      begin = end + 1;
    }
    return replies;
  }
};

TEST_F(WatchTest, TellsWhatWasBeforeItAndWhatComes) {
  put(0, "k1");
  pass(second);
  const auto stream = watch(1, 2);
  pass(second);
  put(0, "k2");
  put(0, "other");
  pass(second);
  const auto replies = lines(*stream);
  ASSERT_EQ(replies.size(), 3u);
  EXPECT_TRUE(replies[0].created);
  EXPECT_EQ(replies[1].events.at(0).key, "1");
  EXPECT_EQ(replies[2].events.at(0).key, "2");
  EXPECT_FALSE(stream->ended);
}

TEST_F(WatchTest, ManyEventsComeInFragments) {
  etcd::Txn txn;
  for (const char* key : {"k1", "k2", "k3", "k4", "k5"}) {
    txn.success.push_back(etcd::put_of(key, "v"));
  }
  ask(0, etcd::txn_path, etcd::txn_body(txn, ""));
  pass(second);
  const auto stream = watch(0, 2);
  pass(second);
  const auto replies = lines(*stream);
  ASSERT_EQ(replies.size(), 4u);
  EXPECT_TRUE(replies[1].fragment);
  EXPECT_TRUE(replies[2].fragment);
  EXPECT_FALSE(replies[3].fragment);
  EXPECT_EQ(replies[3].events.size(), 1u);
}

TEST_F(WatchTest, OneThatBeginsBeforeTheCompactionIsCanceledAndStaysOpen) {
  for (int i = 0; i < 5; ++i) {
    put(0, "k" + std::to_string(i));
    pass(second);
  }
  ASSERT_TRUE(etcd.compact(0));
  pass(second);
  const auto stream = watch(0, 3);
  pass(second);
  const auto replies = lines(*stream);
  ASSERT_EQ(replies.size(), 2u);
  EXPECT_TRUE(replies[1].canceled);
  EXPECT_EQ(replies[1].compacted, 6);
  EXPECT_FALSE(stream->ended);
}

TEST_F(WatchTest, OfACutMemberIsSilentAndThenEndsWithAnError) {
  const std::size_t alone = follower();
  const auto stream = watch(alone, 2);
  pass(second);
  isolate(alone);
  put(leader(), "k1");
  pass(second);
  EXPECT_EQ(lines(*stream).size(), 1u);
  EXPECT_FALSE(stream->ended);
  pass(6 * second);
  EXPECT_TRUE(stream->ended);
  EXPECT_FALSE(lines(*stream).back().error.empty());
}

}  // namespace
}  // namespace dcount::world
