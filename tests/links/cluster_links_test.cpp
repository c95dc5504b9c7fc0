// Real etcd members and dcount servers, all of whose links are ours. One cluster for the whole
// program: it takes seconds to start. Every test heals what it hurt.
#include "sim/links/cluster_links.h"

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

constexpr std::size_t servers = 2;
constexpr std::size_t members = 3;

struct WholeCluster {
  store::TemporaryDirectory place;
  std::unique_ptr<ClusterLinks> links;
  std::unique_ptr<LocalCluster> cluster;

  WholeCluster() { start(); }

  void start() {
    auto made = ClusterLinks::make(
        {.directory = place.path(), .servers = servers, .members = members, .seed = 5});
    if (!made) throw std::runtime_error(made.error().message);
    links = std::move(*made);
    LocalClusterOptions options;
    options.directory = place.path();
    options.servers = servers;
    options.etcd.members = members;
    options.server.binary = DCOUNT_BINARY;
    options.wiring = links.get();
    cluster = std::make_unique<LocalCluster>(std::move(options));
    if (auto started = cluster->start(); !started) {
      throw std::runtime_error(started.error().message);
    }
  }
  void stop() {
    cluster.reset();
    links.reset();
  }
};

class ClusterLinksTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { whole = std::make_unique<WholeCluster>(); }
  static void TearDownTestSuite() { whole.reset(); }

  void TearDown() override {
    links().heal_all();
    const auto healed = links().confirm_healed();
    EXPECT_TRUE(healed) << healed.error().message;
    EXPECT_TRUE(eventually([] { return all_serve(); }));
  }

  static ClusterLinks& links() { return *whole->links; }
  static LocalCluster& cluster() { return *whole->cluster; }
  static EtcdCluster& etcd() { return cluster().etcd(); }
  static bool all_serve() {
    for (const auto& member : etcd().members()) {
      if (!member.healthy(seconds(1))) return false;
    }
    for (std::size_t i = 0; i < servers; ++i) {
      if (!cluster().server(i).ready(seconds(1))) return false;
    }
    return true;
  }
  static std::string confirmed(const Hurt& hurt) {
    const auto told = links().confirm(hurt);
    if (!told) ADD_FAILURE() << hurt.text() << ": " << told.error().message;
    return told ? *told : "";
  }
  static std::string member_name(std::size_t i) { return etcd().member(i).name(); }

  static std::unique_ptr<WholeCluster> whole;
};

std::unique_ptr<WholeCluster> ClusterLinksTest::whole;

TEST_F(ClusterLinksTest, AllTrafficGoesThroughItsOwnLinks) {
  for (const Link* link : links().all()) {
    if (link->from() == "clients" || link->from() == link->to()) continue;
    if (link->from() == "?") {
      EXPECT_EQ(link->counters().connections, 0u) << link->name();
      continue;
    }
    // A server talks to one member at a time; all else is connected to all.
    if (link->from().starts_with("node-") && link->to().starts_with("etcd-")) continue;
    EXPECT_TRUE(eventually([&] { return link->counters().forward.forwarded_bytes > 0; }))
        << link->name();
  }
  for (std::size_t i = 0; i < servers; ++i) {
    const std::string node = cluster().server(i).name();
    std::uint64_t sent = 0;
    for (std::size_t m = 0; m < members; ++m) {
      sent += links().link(node, member_name(m))->counters().forward.forwarded_bytes;
    }
    EXPECT_GT(sent, 0u) << node;
  }
}

TEST_F(ClusterLinksTest, ClientsReachServersThroughTheirLinks) {
  const auto urls = links().client_urls();
  ASSERT_EQ(urls.size(), servers);
  EXPECT_TRUE(server_ready(urls[0], seconds(5)));
  // Counted once they are written, when who reads them may have them already.
  EXPECT_TRUE(eventually(
      [] { return links().link("clients", "node-1")->counters().backward.forwarded_bytes > 0; }));
  const auto hurt = links().cut("clients", "node-1");
  ASSERT_TRUE(hurt);
  confirmed(*hurt);
  EXPECT_FALSE(server_ready(urls[0], milliseconds(200)));
  EXPECT_TRUE(server_ready(urls[1], seconds(5)));
  links().heal(*hurt);
  EXPECT_TRUE(server_ready(urls[0], seconds(5)));
}

TEST_F(ClusterLinksTest, ALeaderCutOffLosesItsLeadershipAndComesBackWhenHealed) {
  const auto first = etcd().wait_for_leader();
  ASSERT_TRUE(first);
  const auto hurt = links().isolate(member_name(*first));
  ASSERT_TRUE(hurt) << hurt.error().message;
  const std::string evidence = confirmed(*hurt);
  EXPECT_NE(evidence.find("held back"), std::string::npos) << evidence;
  EXPECT_TRUE(eventually([&] {
    const auto now = etcd().leader();
    return now && *now != *first;
  }));
  EXPECT_TRUE(eventually([&] {
    const auto status = etcd().member(*first).status(seconds(1));
    return status && !status->leads;
  })) << "it knows";
  EXPECT_FALSE(etcd().member(*first).healthy(seconds(1)));
  links().heal(*hurt);
  const auto healthy = etcd().wait_healthy();
  EXPECT_TRUE(healthy) << healthy.error().message;
}

TEST_F(ClusterLinksTest, ALeaderWhoseWordsDoNotArriveLosesItsLeadership) {
  const auto first = etcd().wait_for_leader();
  ASSERT_TRUE(first);
  std::vector<std::string> others;
  for (std::size_t i = 0; i < members; ++i) {
    if (i != *first) others.push_back(member_name(i));
  }
  const auto hurt = links().partition_one_way({{member_name(*first)}, others});
  ASSERT_TRUE(hurt) << hurt.error().message;
  confirmed(*hurt);
  EXPECT_TRUE(eventually([&] {
    const auto now = etcd().leader();
    return now && *now != *first;
  }));
  // It still hears the others: of the new leader, for one.
  EXPECT_TRUE(eventually([&] {
    const auto status = etcd().member(*first).status(seconds(1));
    return status && !status->leads;
  }));
  links().heal(*hurt);
  EXPECT_TRUE(etcd().wait_healthy());
}

TEST_F(ClusterLinksTest, AServerCutOffFromEtcdIsNotReadyUntilHealed) {
  const auto hurt = links().isolate("node-1");
  ASSERT_TRUE(hurt);
  EXPECT_NE(hurt->text().find("node-1↔etcd-3"), std::string::npos) << hurt->text();
  confirmed(*hurt);
  EXPECT_TRUE(eventually([&] { return !cluster().server(0).ready(seconds(1)); }));
  EXPECT_TRUE(eventually([&] { return cluster().server(1).ready(seconds(1)); }));
  links().heal(*hurt);
  EXPECT_TRUE(eventually([&] { return cluster().server(0).ready(seconds(1)); }));
}

TEST_F(ClusterLinksTest, ServersDoNotReachEachOtherOverACutLink) {
  // As server i itself tells whom it reaches.
  const auto reaches = [](std::size_t i, const std::string& other) {
    const auto answer = probe(cluster().server(i).url(), "/api/get_state", seconds(2));
    const Json told = Json::parse(answer ? answer->body : "", nullptr, false);
    for (const Json& node : told.value("node", Json::array())) {
      if (!node.value("self", false)) continue;
      for (const Json& name : node["reaches"]) {
        if (name == other) return true;
      }
    }
    return false;
  };
  EXPECT_TRUE(eventually([&] { return reaches(0, "node-2") && reaches(1, "node-1"); }));
  const auto hurt = links().one_way("node-1", "node-2");
  ASSERT_TRUE(hurt);
  // Neither questions nor answers of node-1 arrive.
  EXPECT_TRUE(eventually([&] { return !reaches(0, "node-2") && !reaches(1, "node-1"); }));
  EXPECT_NE(confirmed(*hurt).find(" node-1→node-2 held back"), std::string::npos);
  links().heal(*hurt);
  EXPECT_TRUE(eventually([&] { return reaches(0, "node-2") && reaches(1, "node-1"); }));
}

TEST_F(ClusterLinksTest, SlowThinAndResetLinksCarryEverything) {
  const auto leader = etcd().wait_for_leader();
  ASSERT_TRUE(leader);
  const std::string first = member_name(*leader);
  const std::string second = member_name((*leader + 1) % members);
  const auto slow = links().slow(first, second, milliseconds(20), milliseconds(5));
  ASSERT_TRUE(slow);
  EXPECT_NE(confirmed(*slow).find("latency"), std::string::npos);
  const auto thin = links().bandwidth("node-2", first, 50'000);
  ASSERT_TRUE(thin);
  confirmed(*thin);
  const auto reset = links().reset(first, second);
  ASSERT_TRUE(reset);
  EXPECT_NE(confirmed(*reset).find("were reset"), std::string::npos);
  const auto refused = links().refuse("node-1", first);
  ASSERT_TRUE(refused);
  confirmed(*refused);
  EXPECT_TRUE(eventually([] { return all_serve(); }));
}

TEST_F(ClusterLinksTest, FaultsOfWhatIsNotThereAreErrors) {
  EXPECT_FALSE(links().cut("node-1", "node-9"));
  EXPECT_FALSE(links().cut("clients", "etcd-1"));
  EXPECT_FALSE(links().partition({{"node-1"}}));
  EXPECT_FALSE(links().partition({{"node-1"}, {"node-1", "etcd-1"}}));
  EXPECT_FALSE(links().partition({{"node-1", "nobody"}, {"etcd-1"}}));
  EXPECT_FALSE(links().refuse("etcd-1", "node-1"));
  for (const Link* link : links().all()) EXPECT_FALSE(link->confirm(LinkFault::cut));
}

TEST_F(ClusterLinksTest, ComesBackWithItsPortsAndItsTargets) {
  const auto urls = links().client_urls();
  whole->stop();
  whole->start();
  EXPECT_EQ(links().client_urls(), urls);
  EXPECT_TRUE(server_ready(urls[1], seconds(5)));
  const auto hurt = links().partition({{"node-1", "etcd-1"}, {"node-2", "etcd-2", "etcd-3"}});
  ASSERT_TRUE(hurt) << hurt.error().message;
  confirmed(*hurt);
}

TEST(EmbeddedClusterLinks, ThereAreOnlyThoseOfTheClients) {
  store::TemporaryDirectory place;
  auto links = ClusterLinks::make({.directory = place.path(), .servers = 1, .members = 0});
  ASSERT_TRUE(links);
  LocalClusterOptions options;
  options.directory = place.path();
  options.servers = 1;
  options.etcd.members = 0;
  options.server.binary = DCOUNT_BINARY;
  options.wiring = links->get();
  LocalCluster cluster(options);
  auto started = cluster.start();
  ASSERT_TRUE(started) << started.error().message;
  EXPECT_EQ((*links)->all().size(), 1u);
  EXPECT_TRUE(server_ready((*links)->client_urls()[0], seconds(5)));
}

}  // namespace
}  // namespace dcount::sim
