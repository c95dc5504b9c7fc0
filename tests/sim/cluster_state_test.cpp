// What one process leaves in files for another: identities, the lock, the state, requests.
#include "sim/cluster_state.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "sim/cluster_lock.h"
#include "sim/process.h"
#include "sim/restart_requests.h"
#include "tests/store/temporary_directory.h"

namespace dcount::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ClusterFiles : public testing::Test {
 protected:
  store::TemporaryDirectory place;
};

Result<Process> sleeper() { return Process::start({.program = "sleep", .arguments = {"1000"}}); }

TEST_F(ClusterFiles, AnIdentityIsOfOneProcessOnly) {
  auto process = sleeper();
  const auto identity = identify(process->pid());
  ASSERT_TRUE(identity);
  EXPECT_TRUE(runs(*identity));
  ProcessIdentity earlier = *identity;
  --earlier.began;
  EXPECT_FALSE(runs(earlier)) << "the number belonged to another one then";
  EXPECT_FALSE(send_signal(earlier, SIGKILL));
  EXPECT_FALSE(wait_gone(*identity, milliseconds(50)));
  EXPECT_TRUE(send_signal(*identity, SIGKILL));
  EXPECT_TRUE(wait_gone(*identity, seconds(10))) << "a zombie does not run";
  EXPECT_EQ(process->wait(seconds(10)), (ProcessExit{true, SIGKILL}));
  EXPECT_FALSE(identify(-1));
}

TEST_F(ClusterFiles, TheLockIsForOneAndNamesItsHolder) {
  const auto directory = place.path() / "cluster";
  EXPECT_FALSE(ClusterLock::holder(directory));
  {
    auto lock = ClusterLock::take(directory);
    ASSERT_TRUE(lock) << lock.error().message;
    EXPECT_EQ(ClusterLock::holder(directory), identify(::getpid()));
    auto second = ClusterLock::take(directory);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().message, "a cluster runs in " + directory.string() + " (process " +
                                          std::to_string(::getpid()) + ")");
  }
  EXPECT_TRUE(ClusterLock::take(directory));
}

TEST_F(ClusterFiles, AStateIsReadAsItWasWritten) {
  EXPECT_FALSE(read_state(place.path()));
  const ClusterState state{.supervisor = {11, 22},
                           .directory = place.path().string(),
                           .parts = {{"etcd-1", false, {33, 44}, "http://a", "a/log", "a"},
                                     {"node-1", true, {55, 66}, "http://b", "b/log", "b"},
                                     {"node-2", true, {77, 88}, "http://c", "c/log", "c"}}};
  ASSERT_TRUE(write_state(state));
  const auto read = read_state(place.path());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->supervisor, state.supervisor);
  EXPECT_EQ(read->servers(), 2u);
  EXPECT_EQ(read->etcd_members(), 1u);
  EXPECT_EQ(read->server_urls(), "http://b,http://c");
  ASSERT_NE(read->find("node-2"), nullptr);
  EXPECT_EQ(read->find("node-2")->process, (ProcessIdentity{77, 88}));
  EXPECT_EQ(read->find("etcd-1")->log, "a/log");
  EXPECT_EQ(read->find("node-3"), nullptr);
}

TEST_F(ClusterFiles, WhatIsNoStateIsNone) {
  for (const char* text : {"", "{}", "[1]", R"({"pid":"x","began":1,"directory":"d"})"}) {
    std::ofstream(place.path() / "state.json") << text << std::flush;
    EXPECT_FALSE(read_state(place.path())) << text;
  }
}

TEST_F(ClusterFiles, AStateThatCannotBeWrittenIsAnError) {
  EXPECT_FALSE(write_state({.directory = (place.path() / "nowhere").string()}));
}

TEST_F(ClusterFiles, ARequestGetsItsAnswer) {
  const RestartRequests requests(place.path());
  EXPECT_TRUE(requests.open().empty());
  std::thread answering([&] {
    for (int answered = 0; answered < 2;) {
      for (const auto& name : requests.open()) {
        requests.answer(name, name == "good" ? "" : "it is bad");
        ++answered;
      }
    }
  });
  EXPECT_TRUE(requests.ask("good", seconds(10)));
  auto refused = requests.ask("bad", seconds(10));
  answering.join();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "it is bad");
}

TEST_F(ClusterFiles, ARequestThatNobodyAnswersIsTakenBack) {
  const RestartRequests requests(place.path());
  EXPECT_FALSE(requests.ask("node-1", milliseconds(50)));
  EXPECT_TRUE(requests.open().empty());
}

}  // namespace
}  // namespace dcount::sim
