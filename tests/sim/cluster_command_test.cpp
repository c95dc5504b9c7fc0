// `dcount cluster`, with the real binary and real processes.
#include <gtest/gtest.h>
#include <signal.h>

#include <nlohmann/json.hpp>

#include "sim/cluster_state.h"
#include "sim/process.h"
#include "tests/sim/poll.h"
#include "tests/support/run_dcount.h"

namespace dcount::sim {
namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;
using std::chrono::seconds;

const Words one_server{"cluster", "up", "--servers", "1", "--etcd", "0"};
const Words three_etcd{"cluster", "up", "--servers", "0", "--etcd", "3"};

class ClusterCommand : public testing::Test {
 protected:
  // What is in the background would outlive a test that has failed.
  void TearDown() override { place.run({"cluster", "down", "--remove-data"}); }

  test::Ran run(const Words& words) { return place.run(words); }
  test::Ran detached(Words words) {
    words.push_back("--detach");
    return run(words);
  }

  ClusterState state() { return read_state(directory()).value_or(ClusterState{}); }
  std::filesystem::path directory() const { return place.path() / ".dcount" / "cluster"; }
  Json status() { return Json::parse(run({"cluster", "status", "--json"}).out, nullptr, false); }
  Json status_of(const std::string& name) {
    const Json all = status();
    for (const auto& part : all.at("processes")) {
      if (part["name"] == name) return part;
    }
    return {};
  }

  /// All processes, with the one that runs the others.
  static std::vector<pid_t> pids(const ClusterState& state) {
    std::vector<pid_t> all{state.supervisor.pid};
    for (const auto& part : state.parts) all.push_back(part.process.pid);
    return all;
  }
  static bool all_gone(const ClusterState& state) {
    return eventually([&] {
      for (const pid_t pid : pids(state)) {
        if (!gone(pid)) return false;
      }
      return true;
    });
  }
  static bool all_run(const ClusterState& state) {
    for (const auto& part : state.parts) {
      if (!runs(part.process)) return false;
    }
    return !state.parts.empty() && runs(state.supervisor);
  }

  std::string leader() {
    const Json all = status();
    for (const auto& part : all.at("processes")) {
      if (part.value("leader", false)) return part["name"];
    }
    return "";
  }

  test::Workplace place;
};

TEST_F(ClusterCommand, UpStatusDown) {
  test::Running up(place, one_server);
  ASSERT_TRUE(up.wait_for_output("export DCOUNT_SERVER=http://127.0.0.1:"));
  const auto running = state();
  EXPECT_TRUE(all_run(running));
  EXPECT_TRUE(eventually([&] { return status_of("node-1")["ready"] == true; }));
  const auto node = status_of("node-1");
  EXPECT_EQ(node["running"], true);
  EXPECT_EQ(node["pid"], running.find("node-1")->process.pid);
  EXPECT_EQ(run({"cluster", "status"}).status, 0);
  EXPECT_EQ(run({"--server", running.server_urls(), "counter", "add", "v", "x", "--create"}).status,
            0);
  const auto down = run({"cluster", "down"});
  EXPECT_EQ(down.status, 0) << down.err;
  EXPECT_EQ(up.wait().status, 0);
  EXPECT_TRUE(all_gone(running));
  EXPECT_EQ(run({"cluster", "status"}).status, 3);
  EXPECT_EQ(run({"cluster", "down"}).status, 0) << "there is nothing to do";
}

TEST_F(ClusterCommand, CtrlCLeavesNothing) {
  test::Running up(place, one_server);
  ASSERT_TRUE(up.wait_for_output("export"));
  const auto running = state();
  up.signal(SIGINT);
  EXPECT_EQ(up.wait().status, 0);
  for (const pid_t pid : pids(running)) EXPECT_TRUE(gone(pid)) << pid;
}

TEST_F(ClusterCommand, KillingUpItselfLeavesNothing) {
  test::Running up(place, one_server);
  ASSERT_TRUE(up.wait_for_output("export"));
  const auto running = state();
  up.signal(SIGKILL);
  EXPECT_EQ(up.wait().status, 128 + SIGKILL);
  EXPECT_TRUE(all_gone(running));
  EXPECT_EQ(run({"cluster", "status"}).status, 3);
  EXPECT_EQ(detached(one_server).status, 0) << "what it left is no obstacle";
}

TEST_F(ClusterCommand, ASecondUpIsRefused) {
  ASSERT_EQ(detached(one_server).status, 0);
  for (const auto& words : {one_server, Words{"cluster", "up", "--detach"}}) {
    const auto second = run(words);
    EXPECT_EQ(second.status, 4);
    EXPECT_NE(second.err.find("a cluster runs in"), std::string::npos) << second.err;
    EXPECT_NE(second.err.find("dcount cluster down"), std::string::npos) << second.err;
  }
  EXPECT_TRUE(all_run(state()));
}

TEST_F(ClusterCommand, DetachedItStaysAndComesBackWithPortsAndData) {
  const auto up = detached(one_server);
  ASSERT_EQ(up.status, 0) << up.err;
  const auto first = state();
  EXPECT_NE(up.out.find("export DCOUNT_SERVER=" + first.server_urls() + "\n"), std::string::npos);
  EXPECT_TRUE(all_run(first));
  EXPECT_EQ(
      run({"--server", first.server_urls(), "counter", "add", "v", "x", "5", "--create"}).status,
      0);
  ASSERT_EQ(run({"cluster", "down"}).status, 0);
  EXPECT_TRUE(all_gone(first));
  const auto again = run({"cluster", "up", "--detach", "--json"});  // as many as last time
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(Json::parse(again.out)["server"], first.server_urls());
  const auto got = run({"--server", first.server_urls(), "counter", "get", "v", "x", "--json"});
  EXPECT_EQ(Json::parse(got.out)["n"], 5) << got.out;
  const auto second = state();
  EXPECT_EQ(run({"cluster", "down", "--remove-data"}).status, 0);
  EXPECT_TRUE(all_gone(second));
  EXPECT_FALSE(std::filesystem::exists(directory()));
}

TEST_F(ClusterCommand, RemovingTheDataLeavesTheFilesOfOthers) {
  place.write("mine/notes", "mine");
  ASSERT_EQ(
      run({"cluster", "up", "--detach", "--servers", "1", "--etcd", "0", "--dir", "mine"}).status,
      0);
  ASSERT_EQ(run({"cluster", "down", "--remove-data", "--dir", "mine"}).status, 0);
  std::vector<std::string> left;
  for (const auto& entry : std::filesystem::directory_iterator(place.path() / "mine")) {
    left.push_back(entry.path().filename());
  }
  EXPECT_EQ(left, std::vector<std::string>{"notes"});
}

TEST_F(ClusterCommand, SomebodyWhoEndedIsToldAndStartedAgain) {
  test::Running up(place, one_server);
  ASSERT_TRUE(up.wait_for_output("export"));
  const auto before = state();
  ::kill(before.find("node-1")->process.pid, SIGKILL);
  EXPECT_TRUE(eventually([&] { return status_of("node-1")["running"] == false; }));
  EXPECT_EQ(run({"cluster", "restart", "node-9"}).status, 3);
  const auto restarted = run({"cluster", "restart", "node-1", "--json"});
  ASSERT_EQ(restarted.status, 0) << restarted.err;
  EXPECT_TRUE(eventually([&] { return status_of("node-1")["ready"] == true; }));
  const auto node = status_of("node-1");
  EXPECT_EQ(node["pid"], Json::parse(restarted.out)["pid"]);
  EXPECT_NE(node["pid"], before.find("node-1")->process.pid);
  EXPECT_EQ(node["url"], before.find("node-1")->url);
  const auto after = state();
  up.signal(SIGTERM);
  const auto ran = up.wait();
  EXPECT_NE(ran.err.find("node-1 has ended: killed by signal 9"), std::string::npos) << ran.err;
  EXPECT_TRUE(all_gone(after));
}

TEST_F(ClusterCommand, EtcdHasALeaderThatCanBeKilled) {
  const auto up = detached(three_etcd);
  ASSERT_EQ(up.status, 0) << up.err;
  const std::string first = leader();
  ASSERT_NE(first, "");
  ::kill(state().find(first)->process.pid, SIGKILL);
  EXPECT_TRUE(eventually([&] { return leader() != "" && leader() != first; }));
  EXPECT_EQ(status_of(first)["running"], false);
  EXPECT_EQ(run({"cluster", "restart", first}).status, 0);
  EXPECT_TRUE(eventually([&] { return status_of(first)["ready"] == true; }));
  const auto logs = run({"cluster", "logs"});
  EXPECT_NE(logs.out.find("etcd-3 | "), std::string::npos);
  EXPECT_EQ(run({"cluster", "logs", first}).out.find(first + " | "), std::string::npos);
  EXPECT_EQ(run({"cluster", "logs", "etcd-9"}).status, 3);
  const auto running = state();
  EXPECT_EQ(run({"cluster", "down"}).status, 0);
  EXPECT_TRUE(all_gone(running));
}

TEST_F(ClusterCommand, ANumberThatIsSomebodyElsesNowIsNotKilled) {
  ASSERT_EQ(detached(one_server).status, 0);
  auto left = state();
  ASSERT_EQ(run({"cluster", "down"}).status, 0);
  auto other = Process::start({.program = "sleep", .arguments = {"1000"}});
  const auto identity = *identify(other->pid());
  left.supervisor = left.parts.at(0).process = {identity.pid, identity.began - 1};
  ASSERT_TRUE(write_state(left));
  place.write(".dcount/cluster/lock",
              std::to_string(identity.pid) + " " + std::to_string(identity.began - 1) + "\n");
  EXPECT_EQ(run({"cluster", "down"}).status, 0);
  EXPECT_TRUE(other->running());
}

TEST_F(ClusterCommand, AMissingEtcdNamesItsPackage) {
  for (const bool background : {false, true}) {
    Words words{"cluster", "up", "--dir", (place.path() / "c").string()};
    if (background) words.push_back("--detach");
    const auto log = place.path() / (background ? "detached" : "here");
    auto up = Process::start({.program = DCOUNT_BINARY,
                              .arguments = words,
                              .environment = {{"PATH", "/nowhere"}},
                              .log = log});
    EXPECT_EQ(up->wait(seconds(20)), (ProcessExit{false, 1}));
    EXPECT_EQ(content_of(log),
              "dcount: cannot run etcd: it is not in PATH; the Debian package etcd-server has "
              "it\n");
  }
}

TEST_F(ClusterCommand, CountsThatMakeNoSenseAreRefused) {
  EXPECT_EQ(run({"cluster", "up", "--servers", "0", "--etcd", "0"}).status, 2);
  EXPECT_EQ(run({"cluster", "up", "--servers", "2", "--etcd", "0"}).status, 2);
  EXPECT_EQ(run({"cluster", "up", "--servers", "10"}).status, 2);
  EXPECT_FALSE(std::filesystem::exists(directory()));
}

}  // namespace
}  // namespace dcount::sim
