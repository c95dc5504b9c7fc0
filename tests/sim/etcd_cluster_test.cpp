#include "sim/etcd_cluster.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sim/http_probe.h"
#include "tests/sim/poll.h"
#include "tests/store/temporary_directory.h"

namespace dcount::sim {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

class EtcdClusterTest : public testing::Test {
 protected:
  EtcdOptions options(std::size_t members) const {
    return {.directory = place.path() / "etcd", .members = members};
  }

  /// "YQ==" is a, "MQ==" is 1.
  static bool put(const EtcdMember& member, const std::string& value = "MQ==") {
    const auto answer = probe(member.client_url(), "/v3/kv/put", seconds(8),
                              R"({"key":"YQ==","value":")" + value + "\"}");
    return answer && answer->status == 200;
  }
  static std::string get(const EtcdMember& member) {
    const auto answer = probe(member.client_url(), "/v3/kv/range", seconds(8), R"({"key":"YQ=="})");
    const Json found = Json::parse(answer ? answer->body : "", nullptr, false);
    return found.contains("kvs") ? found["kvs"][0]["value"].get<std::string>() : "";
  }

  store::TemporaryDirectory place;
};

TEST_F(EtcdClusterTest, ThreeServeAndOneLeads) {
  EtcdCluster etcd(options(3));
  auto started = etcd.start();
  ASSERT_TRUE(started) << started.error().message;
  EXPECT_EQ(etcd.client_urls().size(), 3u);
  EXPECT_TRUE(etcd.wait_for_leader());
  EXPECT_TRUE(put(etcd.member(0)));
  EXPECT_EQ(get(etcd.member(2)), "MQ==");
}

TEST_F(EtcdClusterTest, RefusalsAreAnswersOfTheProbe) {
  EtcdCluster etcd(options(1));
  ASSERT_TRUE(etcd.start());
  const auto refused =
      probe(etcd.member(0).client_url(), "/v3/kv/put", seconds(8), R"({"value":"MQ=="})");
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 400);
  EXPECT_NE(refused->body.find("key is not provided"), std::string::npos) << refused->body;
}

TEST_F(EtcdClusterTest, ServesWithoutItsLeaderAndTakesItBack) {
  EtcdCluster etcd(options(3));
  ASSERT_TRUE(etcd.start());
  const std::size_t first = *etcd.wait_for_leader();
  etcd.kill(first);
  EXPECT_FALSE(etcd.member(first).running());
  auto second = etcd.wait_for_leader();
  ASSERT_TRUE(second);
  EXPECT_NE(*second, first);
  EXPECT_TRUE(eventually([&] { return put(etcd.member(*second), "Mg=="); }));
  const std::string url = etcd.member(first).client_url();
  ASSERT_TRUE(etcd.start(first));
  auto healthy = etcd.wait_healthy();
  ASSERT_TRUE(healthy) << healthy.error().message;
  EXPECT_EQ(etcd.member(first).client_url(), url);
  EXPECT_EQ(get(etcd.member(first)), "Mg==");
}

TEST_F(EtcdClusterTest, AMemberThatWasRemovedJoinsAgainWithTheDataOfTheOthers) {
  EtcdCluster etcd(options(3));
  ASSERT_TRUE(etcd.start());
  const auto leader = etcd.wait_for_leader();
  ASSERT_TRUE(leader);
  const std::size_t leaver = (*leader + 1) % 3;
  const std::size_t other = (*leader + 2) % 3;
  ASSERT_TRUE(put(etcd.member(leaver)));
  // Etcd lets nobody leave or join before its members have been connected for five seconds.
  ASSERT_TRUE(eventually([&] { return etcd.remove(leaver).has_value(); }));
  EXPECT_FALSE(etcd.member(leaver).running());
  EXPECT_FALSE(std::filesystem::exists(etcd.member(leaver).directory() / "data"));
  EXPECT_FALSE(etcd.remove(leaver)) << "it is none any more";
  ASSERT_TRUE(eventually([&] { return put(etcd.member(other), "Mg=="); }));
  EXPECT_TRUE(eventually([&] { return etcd.add(leaver).has_value(); }));
  auto healthy = etcd.wait_healthy();
  ASSERT_TRUE(healthy) << healthy.error().message;
  EXPECT_EQ(get(etcd.member(leaver)), "Mg==");
  etcd.kill(*leader);  // the two others are a majority, of three
  EXPECT_TRUE(eventually([&] { return put(etcd.member(leaver), "Mw=="); }));
  EXPECT_EQ(get(etcd.member(other)), "Mw==");
}

TEST_F(EtcdClusterTest, AnIsolatedMemberDoesNotServeUntilHealed) {
  EtcdCluster etcd(options(3));
  ASSERT_TRUE(etcd.start());
  etcd.isolate(1);
  EXPECT_TRUE(etcd.member(0).paused());
  EXPECT_TRUE(etcd.member(1).running());
  EXPECT_FALSE(etcd.member(1).healthy(seconds(1)));
  etcd.heal();
  auto healthy = etcd.wait_healthy();
  ASSERT_TRUE(healthy) << healthy.error().message;
  EXPECT_TRUE(eventually([&] { return put(etcd.member(1)); }));
}

TEST_F(EtcdClusterTest, ComesBackInItsDirectoryWithDataAndPorts) {
  std::string store;
  {
    EtcdCluster etcd(options(1));
    ASSERT_TRUE(etcd.start());
    ASSERT_TRUE(put(etcd.member(0)));
    store = etcd.store();
  }
  EtcdCluster other(options(3));
  auto refused = other.start();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("with 1 members, not 3"), std::string::npos);
  EtcdCluster again(options(1));
  auto started = again.start();
  ASSERT_TRUE(started) << started.error().message;
  EXPECT_EQ(again.store(), store);
  EXPECT_EQ(get(again.member(0)), "MQ==");
}

TEST_F(EtcdClusterTest, ItsFlagsAreThoseAskedFor) {
  auto small = options(1);
  small.quota_backend_bytes = 1 << 20;
  small.more_flags = {"--no-such-flag"};
  auto refused = EtcdCluster(small).start();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("no-such-flag"), std::string::npos)
      << "the log says why: " << refused.error().message;
  small.more_flags = {};
  EtcdCluster etcd(small);
  auto started = etcd.start();
  ASSERT_TRUE(started) << started.error().message;
  EXPECT_NE(content_of(etcd.member(0).log()).find("\"quota-size-bytes\":1048576"),
            std::string::npos);
}

TEST_F(EtcdClusterTest, NothingIsLeftRunning) {
  pid_t pid = 0;
  {
    EtcdCluster etcd(options(1));
    ASSERT_TRUE(etcd.start());
    pid = etcd.member(0).process()->pid();
    EXPECT_FALSE(gone(pid));
  }
  EXPECT_TRUE(gone(pid));
}

TEST_F(EtcdClusterTest, AMissingEtcdIsSaidToBeInItsPackage) {
  auto without = options(1);
  without.program = "etcd-that-is-not-there";
  auto started = EtcdCluster(without).start();
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().message.find("etcd-server"), std::string::npos);
}

}  // namespace
}  // namespace dcount::sim
