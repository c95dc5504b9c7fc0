#include "sim/server_process.h"

#include <gtest/gtest.h>
#include <signal.h>

#include "sim/local_cluster.h"
#include "tests/store/temporary_directory.h"

namespace dcount::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ServerProcessTest : public testing::Test {
 protected:
  ServerOptions options() const {
    return {.directory = place.path() / "node", .binary = DCOUNT_BINARY};
  }

  store::TemporaryDirectory place;
};

TEST_F(ServerProcessTest, KeepsPortAndDataOverAKill) {
  auto server = ServerProcess::make(options());
  auto started = server->start();
  ASSERT_TRUE(started) << started.error().message;
  const std::string url = server->url();
  EXPECT_TRUE(std::filesystem::exists(server->data()));
  server->kill();
  EXPECT_FALSE(server->running());
  EXPECT_FALSE(server->ready(seconds(1)));
  ASSERT_TRUE(server->start());
  EXPECT_EQ(server->url(), url);
  EXPECT_TRUE(server->ready(seconds(5)));
  const pid_t before = server->process()->pid();
  ASSERT_TRUE(server->restart());
  EXPECT_NE(server->process()->pid(), before);
  EXPECT_EQ(server->stop(), (ProcessExit{false, 0}));
}

TEST_F(ServerProcessTest, PausedItRunsButIsNotReady) {
  auto server = ServerProcess::make(options());
  ASSERT_TRUE(server->start());
  server->pause();
  EXPECT_TRUE(server->running());
  EXPECT_FALSE(server->ready(milliseconds(100)));
  server->resume();
  EXPECT_TRUE(server->wait_ready());
}

TEST_F(ServerProcessTest, WhyItDidNotStartIsInTheError) {
  auto wrong = options();
  wrong.store = "paper";
  auto server = ServerProcess::make(wrong);
  auto started = server->start();
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().message.find("node-1 has ended: exit code 2"), std::string::npos);
  EXPECT_NE(started.error().message.find("paper"), std::string::npos) << started.error().message;
}

TEST_F(ServerProcessTest, AClusterOfOneServerNeedsNoEtcd) {
  LocalCluster cluster({.directory = place.path(),
                        .servers = 1,
                        .etcd = {.members = 0},
                        .server = {.binary = DCOUNT_BINARY}});
  EXPECT_TRUE(cluster.parts().empty());
  EXPECT_FALSE(cluster.restart("node-1")) << "not started yet";
  auto started = cluster.start();
  ASSERT_TRUE(started) << started.error().message;
  EXPECT_EQ(cluster.server_urls(), cluster.server(0).url());
  cluster.server(0).kill();
  EXPECT_EQ(cluster.parts().at(0).process->exit(), (ProcessExit{true, SIGKILL}));
  EXPECT_TRUE(cluster.restart("node-1"));
  EXPECT_TRUE(cluster.server(0).ready(seconds(5)));
  auto unknown = cluster.restart("node-9");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().message, "no process of the cluster is called node-9");
}

}  // namespace
}  // namespace dcount::sim
