// Each planted bug of a cluster is alive, and the same story finds nothing in the same binary
// without it. Servers reach one etcd through links of their own, which the stories hurt.
#include <gtest/gtest.h>

#include <array>
#include <memory>

#include "sim/etcd_cluster.h"
#include "sim/links/links.h"
#include "tests/faulty/stories.h"

namespace dcount::faulty {
namespace {

using std::chrono::milliseconds;
using test::get;
using test::post;

/// One for the whole program. Each pair of servers has a prefix of its own in it.
class Etcd {
 public:
  Etcd() : cluster_({.directory = place_.path(), .members = 1}) { must(cluster_.start()); }
  std::string address() const { return cluster_.member(0).address(); }

 private:
  const store::TemporaryDirectory place_;
  sim::EtcdCluster cluster_;
};
std::unique_ptr<Etcd> etcd;

class EtcdOfProgram final : public testing::Environment {
 public:
  void SetUp() override { etcd = std::make_unique<Etcd>(); }
  void TearDown() override { etcd.reset(); }
};
const auto* const etcd_of_program = testing::AddGlobalTestEnvironment(new EtcdOfProgram);

std::string fresh_prefix() {
  static int pairs = 0;
  return "/pair" + std::to_string(++pairs);
}

/// Two servers with the same bug. The first reaches etcd over two links, as if it were two members.
struct Pair {
  explicit Pair(const std::string& plant)
      : near(plant, "etcd://" + place(0) + "," + place(1) + prefix, "near"),
        far(plant, "etcd://" + etcd->address() + prefix, "far") {}

  sim::Links all;
  std::array<sim::Link*, 2> links{add("etcd-1"), add("etcd-2")};
  const std::string prefix = fresh_prefix();
  FaultyServer near;
  FaultyServer far;

  /// The one that the first server's commits take at present.
  sim::Link& link_of_commits() {
    std::array<std::uint64_t, 2> before{forwarded(0), forwarded(1)};
    for (int i = 0; i < 20; ++i) near.ask_for(post("/cnt/c/probe?create=true", ""));
    return *links[forwarded(1) - before[1] > forwarded(0) - before[0] ? 1 : 0];
  }

 private:
  sim::Link* add(const std::string& to) {
    const auto link = all.add("near", {.to = to, .target = etcd->address(), .port = {}});
    if (!link) throw std::runtime_error(link.error().message);
    return *link;
  }
  std::string place(std::size_t i) const {
    return "127.0.0.1:" + std::to_string(links.at(i)->port());
  }
  std::uint64_t forwarded(std::size_t i) const {
    return links.at(i)->counters().forward.forwarded_bytes;
  }
};

/// The answer to a batch that etcd has applied is lost: what the client asked for once is there
/// twice.
bool lost_answer_counts_twice(Pair& pair, int round) {
  const std::string path = "/cnt/c/answer" + std::to_string(round);
  pair.near.ask_for(post(path + "?create=true", ""));
  sim::Link& link = pair.link_of_commits();
  link.cut(sim::Way::backward);
  auto connection = pair.near.connect();
  if (!connection.send(post(path, ""))) return false;
  const bool applied = eventually([&] { return pair.far.ask_for(get(path))["n"] == 2; });
  link.reset();
  link.heal();
  const auto answer = connection.read_answer();
  return applied && answer && pair.far.ask_for(get(path))["n"] == 3;
}

/// A batch arrives at etcd after its server has given it up and looked for it, elsewhere.
bool late_batch_counts_twice(Pair& pair, int round) {
  const std::string path = "/cnt/c/late" + std::to_string(round);
  pair.near.ask_for(post(path + "?create=true", ""));
  sim::Link& link = pair.link_of_commits();
  link.delay(sim::Way::forward, milliseconds(3500));
  auto connection = pair.near.connect();
  if (!connection.send(post(path, ""))) return false;
  const auto answer = connection.read_answer();
  link.heal();
  return answer && pair.far.ask_for(get(path))["n"] == 3;
}

/// As above, with nowhere else to look.
bool late_batch_counts_twice_by_slow_links(Pair& pair, int round) {
  const std::string path = "/cnt/c/slow" + std::to_string(round);
  pair.near.ask_for(post(path + "?create=true", ""));
  for (sim::Link* link : pair.links) link->delay(sim::Way::both, milliseconds(3200));
  auto connection = pair.near.connect();
  if (!connection.send(post(path, ""))) return false;
  const bool applied = eventually([&] { return pair.far.ask_for(get(path))["n"] == 2; });
  for (sim::Link* link : pair.links) link->heal();
  const auto answer = connection.read_answer();
  return applied && answer && pair.far.ask_for(get(path))["n"] == 3;
}

/// What one server has made possible again the other still refuses.
bool refusal_is_stale(Pair& pair, int round) {
  const std::string path = "/cnt/c/bound" + std::to_string(round);
  const std::string within = path + "?create=true&max=1";
  pair.near.ask_for(post(within, ""));  // at its bound
  for (sim::Link* link : pair.links) link->delay(sim::Way::backward, milliseconds(50));
  const auto taken = pair.far.ask_for(post(path + "/-1", ""));
  const auto key = "Idempotency-Key: bound" + std::to_string(round) + "\r\n";
  const auto answer = pair.near.connect().call(post(within, "", key));
  for (sim::Link* link : pair.links) link->heal();
  return taken["n"] == 0 && answer && answer->status == 409;
}

TEST(ClusterPlants, ALostAnswerCountsTwice) {
  Pair planted("twice-on-leader-change");
  EXPECT_TRUE(breaks([&](int round) { return lost_answer_counts_twice(planted, round); }));
  Pair honest("");
  EXPECT_TRUE(holds([&](int round) { return lost_answer_counts_twice(honest, round); }));
}

TEST(ClusterPlants, ALateBatchCountsTwice) {
  Pair planted("no-fence");
  EXPECT_TRUE(breaks([&](int round) { return late_batch_counts_twice(planted, round); }));
  EXPECT_TRUE(
      breaks([&](int round) { return late_batch_counts_twice_by_slow_links(planted, round); }));
  Pair honest("");
  EXPECT_FALSE(late_batch_counts_twice(honest, 0));
  EXPECT_FALSE(late_batch_counts_twice_by_slow_links(honest, 0));
  EXPECT_FALSE(lost_answer_counts_twice(planted, 0)) << "one that has applied is found";
}

TEST(ClusterPlants, ARefusalIsStale) {
  Pair planted("no-guard-on-refusal");
  EXPECT_TRUE(breaks([&](int round) { return refusal_is_stale(planted, round); }));
  Pair honest("");
  EXPECT_TRUE(holds([&](int round) { return refusal_is_stale(honest, round); }));
}

TEST(ClusterPlants, ReadsAreStale) {
  Pair planted("stale-read");
  EXPECT_TRUE(breaks([&](int round) { return read_is_stale(planted.near, planted.far, round); }));
  Pair honest("");
  EXPECT_TRUE(holds([&](int round) { return read_is_stale(honest.near, honest.far, round); }));
}

TEST(ClusterPlants, ARetryCountsTwice) {
  Pair planted("double-apply");
  EXPECT_TRUE(
      breaks([&](int round) { return retry_counts_twice(planted.near, planted.far, round); }));
  Pair honest("");
  EXPECT_TRUE(holds([&](int round) { return retry_counts_twice(honest.near, honest.far, round); }));
}

TEST(ClusterPlants, UncommittedValuesAreRead) {
  Pair planted("uncommitted-read");
  EXPECT_TRUE(breaks([&](int round) { return uncommitted_is_read(planted.near, round); }));
  Pair honest("");
  EXPECT_TRUE(holds([&](int round) { return uncommitted_is_read(honest.near, round); }));
}

TEST(ClusterEdges, AServerWhoseClockIsOffServesNobodyUntilItIsRight) {
  const std::string store = "etcd://" + etcd->address() + fresh_prefix();
  FaultyServer off("", store, "off");
  FaultyServer second("", store, "second");
  FaultyServer third("", store, "third");
  const auto adds = [&](FaultyServer& server) {
    return !server.ask_for(post("/cnt/c/k?create=true", "")).is_null();
  };
  EXPECT_TRUE(adds(off));
  off.tell({{"clock", {{"jump_ms", 10'000}}}});
  EXPECT_TRUE(eventually([&] { return !adds(off); }));
  EXPECT_FALSE(off.process().ready(patience));
  EXPECT_TRUE(eventually([&] { return adds(second) && adds(third); }));
  off.tell({{"clock", "heal"}});
  EXPECT_TRUE(eventually([&] { return adds(off); }));
}

TEST(ClusterEdges, TheDiskIsNobodysBusiness) {
  FaultyServer server("", "etcd://" + etcd->address() + fresh_prefix());
  EXPECT_EQ(server.tell({{"get", "state"}}).disk, "none");
  const auto refused = ask(server.control(), {{"disk", "full"}});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("in etcd"), std::string::npos);
}

}  // namespace
}  // namespace dcount::faulty
