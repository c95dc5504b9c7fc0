// kill -9 of any process of the cluster under load: no error reaches a client, nothing acknowledged
// is lost, nothing counts twice.
#include "tests/cluster/cluster.h"
#include "tests/cluster/counter_load.h"

namespace dcount::test {
namespace {

class Kill : public ClusterTest {};

TEST_F(Kill, OfAServerReachesNoClient) {
  CounterLoad load(all);
  for (int kills = 0; kills < 2; ++kills) {
    ASSERT_TRUE(load.goes_on());
    auto& victim = all.server(any_of(all.servers()));
    victim.kill();
    ASSERT_TRUE(load.goes_on()) << "without " << victim.name();
    const auto started = victim.start();
    ASSERT_TRUE(started) << started.error().message;
  }
  load.expect_exact();
}

TEST_F(Kill, OfAllServersButOneReachesNoClient) {
  CounterLoad load(all);
  ASSERT_TRUE(load.goes_on());
  const std::size_t left = any_of(all.servers());
  for (std::size_t i = 0; i < all.servers(); ++i) {
    if (i != left) all.server(i).kill();
  }
  ASSERT_TRUE(load.goes_on());
  mend(all);
  load.expect_exact();
}

TEST_F(Kill, OfAnEtcdMemberThatFollowsReachesNoClient) {
  CounterLoad load(all);
  ASSERT_TRUE(load.goes_on());
  const auto leader = all.etcd().wait_for_leader();
  ASSERT_TRUE(leader) << leader.error().message;
  const std::size_t victim = (*leader + 1 + any_of(2)) % 3;
  all.etcd().kill(victim);
  ASSERT_TRUE(load.goes_on());
  ASSERT_TRUE(all.etcd().start(victim));
  ASSERT_TRUE(all.etcd().wait_healthy());
  ASSERT_TRUE(load.goes_on());
  load.expect_exact();
}

TEST_F(Kill, OfEtcdsLeaderReachesNoClient) {
  CounterLoad load(all);
  ASSERT_TRUE(load.goes_on());
  const auto leader = all.etcd().wait_for_leader();
  ASSERT_TRUE(leader) << leader.error().message;
  all.etcd().kill(*leader);
  ASSERT_TRUE(load.goes_on());
  ASSERT_TRUE(all.etcd().start(*leader));
  ASSERT_TRUE(all.etcd().wait_healthy());
  ASSERT_TRUE(load.goes_on());
  load.expect_exact();
}

TEST_F(Kill, OfAllOfEtcdLosesNothing) {
  CounterLoad load(all, {.retry_time = client::Duration(60'000)});
  ASSERT_TRUE(load.goes_on());
  for (std::size_t i = 0; i < all.etcd().size(); ++i) all.etcd().kill(i);
  const auto started = all.etcd().start();
  ASSERT_TRUE(started) << started.error().message;
  ASSERT_TRUE(load.goes_on());
  for (std::size_t i = 0; i < all.servers(); ++i) {
    EXPECT_TRUE(eventually([&] { return all.server(i).ready(std::chrono::seconds(1)); }))
        << all.server(i).name() << " is ready again by itself";
  }
  load.expect_exact();
}

}  // namespace
}  // namespace dcount::test
