// An etcd that has reached its quota: writes are refused, reads go on, and no server needs a
// restart once there is room.
#include <nlohmann/json.hpp>

#include "tests/cluster/cluster.h"
#include "tests/cluster/etcd_calls.h"
#include "tests/store/temporary_directory.h"

namespace dcount::test {
namespace {

TEST(FullEtcd, Is507ForWritesAndNothingToReadsAndEndsWithoutARestart) {
  const store::TemporaryDirectory place;
  sim::LocalClusterOptions options;
  options.directory = place.path();
  options.server.binary = DCOUNT_BINARY;
  options.servers = 1;
  options.etcd.members = 1;
  options.etcd.quota_backend_bytes = 4 << 20;
  sim::LocalCluster small(options);
  const auto started = small.start();
  ASSERT_TRUE(started) << started.error().message;
  auto& server = small.server(0);
  const auto pid = server.process()->pid();
  ASSERT_EQ(ask(server, post("/cnt/c/k?create=true", "")).status, 200);

  fill(small.etcd().member(0));
  const auto refused = ask(server, post("/cnt/c/k", "", "Idempotency-Key: full\r\n"));
  EXPECT_EQ(refused.status, 507) << refused.body;
  EXPECT_EQ(refused.header("content-type"), "application/problem+json");
  const auto problem = json_of(refused);
  EXPECT_EQ(problem["status"], 507);
  EXPECT_EQ(problem["retryable"], "yes") << "it was not applied";
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ask(server, get("/cnt/c/k")).body, R"({"n":1,"version":2})");
    EXPECT_EQ(ask(server, post("/cnt/c/k", "")).status, 507);
  }

  make_room(small.etcd().member(0));
  EXPECT_TRUE(eventually([&] {
    return ask(server, post("/cnt/c/k", "", "Idempotency-Key: full\r\n")).status == 200;
  }));
  EXPECT_EQ(ask(server, get("/cnt/c/k")).body, R"({"n":2,"version":3})");
  EXPECT_TRUE(eventually([&] { return server.ready(std::chrono::seconds(1)); }));
  EXPECT_EQ(server.process()->pid(), pid);
}

}  // namespace
}  // namespace dcount::test
