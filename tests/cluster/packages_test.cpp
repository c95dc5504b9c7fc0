// Packages in a cluster: many readers of one that has to come from another server.
#include <atomic>
#include <fstream>
#include <thread>

#include "sim/links/cluster_links.h"
#include "sim/scenario/package_archive.h"
#include "tests/cluster/cluster.h"
#include "tests/store/temporary_directory.h"

namespace dcount::test {
namespace {

constexpr std::int64_t package_bytes = 4 << 20;
/// It takes about two seconds, and all readers come meanwhile.
constexpr std::uint64_t slow_bytes_s = 2 << 20;
constexpr int readers_each = 50;

/// Three servers with one copy of each package, and links between them.
class LinkedPackages : public testing::Test {
 protected:
  void SetUp() override {
    auto made = sim::ClusterLinks::make({.directory = place.path(), .members = 1});
    ASSERT_TRUE(made) << made.error().message;
    links = std::move(*made);
    sim::LocalClusterOptions options{.directory = place.path(), .wiring = links.get()};
    options.etcd.members = 1;
    options.server.binary = DCOUNT_BINARY;
    options.server.more_options = {"--replicas", "1"};
    servers = std::make_unique<sim::LocalCluster>(std::move(options));
    const auto started = servers->start();
    ASSERT_TRUE(started) << started.error().message;
    client::Client admin(only(servers->server(0)));
    const auto key = admin.create_key({.name = "reader", .scopes = {"packages"}});
    ASSERT_TRUE(key) << key.error().detail;
    api_key = key->key;
    for (std::size_t i = 0; i < 3; ++i) {
      ASSERT_TRUE(eventually([&] { return client(i).list_packages().has_value(); })) << i;
    }
  }

  client::Client client(std::size_t server) const {
    auto options = only(servers->server(server));
    options.api_key = api_key;
    return client::Client(std::move(options));
  }

  std::string upload(std::size_t server, const sim::MadeArchive& archive) {
    const auto file = (place.path() / "package.tar.xz").string();
    std::ofstream(file, std::ios::binary) << archive.bytes;
    const auto added = client(server).add_package(file);
    EXPECT_TRUE(added) << added.error().detail;
    EXPECT_EQ(added->replicas, 1);
    return added->pkgid;
  }

  double transfers(std::size_t server) const {
    return metric(servers->server(server), "dcount_package_transfers_total");
  }

  const store::TemporaryDirectory place;
  std::unique_ptr<sim::ClusterLinks> links;
  std::unique_ptr<sim::LocalCluster> servers;
  std::string api_key;
};

TEST_F(LinkedPackages, FiftyReadersAtEachOfTwoServersMakeOneTransferToEach) {
  sim::Random random(chance()());
  const auto archive = sim::make_archive(random, package_bytes, 0);
  const std::string pkgid = upload(0, archive);
  for (const char* to : {"node-2", "node-3"}) {
    const auto slowed = links->bandwidth("node-1", to, slow_bytes_s);
    ASSERT_TRUE(slowed) << slowed.error().message;
  }
  std::atomic<int> right = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 2 * readers_each; ++i) {
    readers.emplace_back([&, server = std::size_t(1 + i % 2)] {
      const auto got = client(server).get_package(pkgid, [](std::string_view) { return true; });
      right += got && got->sha256 == archive.sha256 ? 1 : 0;
    });
  }
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(right, 2 * readers_each);
  EXPECT_EQ(transfers(0), 0);
  EXPECT_EQ(transfers(1), 1);
  EXPECT_EQ(transfers(2), 1);
}

}  // namespace
}  // namespace dcount::test
