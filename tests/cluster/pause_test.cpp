// SIGSTOP: a process that neither answers nor is gone, and comes back with what it had begun.
#include <thread>

#include "tests/cluster/cluster.h"
#include "tests/cluster/counter_load.h"

namespace dcount::test {
namespace {

using std::chrono::seconds;

class Pause : public ClusterTest {};

TEST_F(Pause, OfEtcdsLeaderReachesNoClient) {
  CounterLoad load(all);
  ASSERT_TRUE(load.goes_on());
  const auto leader = all.etcd().wait_for_leader();
  ASSERT_TRUE(leader) << leader.error().message;
  all.etcd().pause(*leader);
  ASSERT_TRUE(load.goes_on()) << "others lead";
  all.etcd().resume(*leader);
  ASSERT_TRUE(all.etcd().wait_healthy());
  ASSERT_TRUE(load.goes_on());
  load.expect_exact();
}

// Clients give a server that is stopped up after half a second and ask the next one, with the same
// key. What it had read, and what waits in its sockets, it does when it comes back.
TEST_F(Pause, OfAServerLetsNothingOfItsOwnCountTwice) {
  CounterLoad load(all, {.answer_time = client::Duration(500)});
  for (int pauses = 0; pauses < 3; ++pauses) {
    ASSERT_TRUE(load.goes_on());
    auto& server = all.server(any_of(all.servers()));
    server.pause();
    ASSERT_TRUE(load.goes_on(200)) << "without " << server.name();
    server.resume();
  }
  ASSERT_TRUE(load.goes_on(200));
  load.expect_exact();
}

// Long enough for its lease to end and its batch to be somebody else's affair.
TEST_F(Pause, OfAServerBeyondItsLeaseLetsNothingCountTwice) {
  CounterLoad load(all, {.answer_time = client::Duration(500)});
  ASSERT_TRUE(load.goes_on());
  auto& server = all.server(any_of(all.servers()));
  const auto& other = &server == &all.server(0) ? all.server(1) : all.server(0);
  server.pause();
  EXPECT_TRUE(eventually([&] {
    return ask(other, get("/api/get_state")).body.find("\"state\":\"dead\"") != std::string::npos;
  })) << "it is seen to be dead";
  server.resume();
  EXPECT_TRUE(eventually([&] { return server.ready(seconds(1)); }));
  ASSERT_TRUE(load.goes_on(200));
  load.expect_exact();
}

}  // namespace
}  // namespace dcount::test
