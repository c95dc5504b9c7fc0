// Two real servers over one etcd, either of them asked and now and then killed, against a dumb
// model: what one has acknowledged the other knows.
#include <gtest/gtest.h>

#include "sim/local_cluster.h"
#include "tests/scenario/live_commands.h"
#include "tests/store/temporary_directory.h"

namespace dcount::test {
namespace {

TEST(LiveModel, TwoServersAnswerAsOneModelDoes) {
  store::TemporaryDirectory place;
  sim::LocalClusterOptions options{.directory = place.path(), .servers = 2};
  options.etcd.members = 1;
  options.server.binary = DCOUNT_BINARY;
  sim::LocalCluster cluster(options);
  const auto started = cluster.start();
  ASSERT_TRUE(started) << started.error().message;
  Processes processes{
      .kill = [&](std::size_t i) { cluster.server(i).kill(); },
      .run =
          [&](std::size_t i) {
            const auto again = cluster.server(i).start();
            return again ? std::string() : again.error().message;
          },
  };
  for (std::size_t i = 0; i < cluster.servers(); ++i) {
    processes.endpoints.push_back({"127.0.0.1", cluster.server(i).port()});
  }
  EXPECT_TRUE(behaves_like_the_model({.name = "LiveModel/Cluster", .cases = 400}, processes));
}

}  // namespace
}  // namespace dcount::test
