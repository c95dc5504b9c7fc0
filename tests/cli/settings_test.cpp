// Where settings come from, in the order of precedence, with the real binary.
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/client/fake_server.h"
#include "tests/e2e/live_server.h"
#include "tests/support/run_dcount.h"

namespace dcount::test {
namespace {

class SettingsTest : public testing::Test {
 protected:
  void SetUp() override { server.set("c/x", 7); }

  Ran get(std::vector<std::string> more = {}, std::map<std::string, std::string> env = {}) {
    std::vector<std::string> arguments{"counter", "get", "c", "x"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    env.try_emplace("DCOUNT_RETRY_TIME", "0");
    return place.run(arguments, {.environment = std::move(env)});
  }

  std::string right() const { return "server = \"" + server.url() + "\"\n"; }
  static constexpr const char* wrong = "server = \"http://127.0.0.1:1\"\n";

  FakeServer server;
  Workplace place;
};

TEST_F(SettingsTest, FileInTheCurrentDirectoryCounts) {
  place.write("dcount.toml", right());
  EXPECT_EQ(get().out, "7\n");
}

TEST_F(SettingsTest, FileInTheHomeDirectoryCounts) {
  place.write(".config/dcount/config.toml", right());
  EXPECT_EQ(get().out, "7\n");
}

TEST_F(SettingsTest, ConfigHomeReplacesTheHomeDirectory) {
  place.write(".config/dcount/config.toml", wrong);
  place.write("elsewhere/dcount/config.toml", right());
  EXPECT_EQ(get({}, {{"XDG_CONFIG_HOME", (place.path() / "elsewhere").string()}}).out, "7\n");
}

TEST_F(SettingsTest, CurrentDirectoryBeatsHome) {
  place.write(".config/dcount/config.toml", wrong);
  place.write("dcount.toml", right());
  EXPECT_EQ(get().out, "7\n");
}

TEST_F(SettingsTest, EnvironmentBeatsFiles) {
  place.write("dcount.toml", wrong);
  EXPECT_EQ(get({}, {{"DCOUNT_SERVER", server.url()}}).out, "7\n");
}

TEST_F(SettingsTest, FlagBeatsEnvironment) {
  EXPECT_EQ(get({"--server", server.url()}, {{"DCOUNT_SERVER", "http://127.0.0.1:1"}}).out, "7\n");
}

TEST_F(SettingsTest, FilesAddUpSettingBySetting) {
  place.write("dcount.toml", right());
  place.write(".config/dcount/config.toml", "json = true\n");
  EXPECT_EQ(get().out, "{\"collection\":\"c\",\"id\":\"x\",\"n\":7,\"version\":1}\n");
}

TEST_F(SettingsTest, ListsOfServersMayBeArraysOrText) {
  place.write("dcount.toml", "server = [\"" + server.url() + "\", \"http://127.0.0.1:1\"]\n");
  EXPECT_EQ(get().out, "7\n");
  place.write("dcount.toml", "server = \"" + server.url() + ",http://127.0.0.1:1\" # two\n");
  EXPECT_EQ(get().out, "7\n");
}

TEST_F(SettingsTest, UnknownKeysSayWhatWasMeant) {
  const std::vector<std::pair<std::string, std::string>> slips{
      {"sever = \"x\"\n", "did you mean 'server'?"},
      {"[server]\nlisen = \"x\"\n", "did you mean 'server.listen'?"},
      {"listen = \"127.0.0.1:1\"\n", "did you mean 'server.listen'?"},
      {"nonsense\n", "unknown setting 'nonsense'"},
      {"[counter.add]\nn = 5\n", "unknown setting 'counter.add.n'"}};
  for (auto& [text, words] : slips) {
    place.write("dcount.toml", text);
    Ran ran = get();
    EXPECT_EQ(ran.status, 2) << text;
    EXPECT_NE(ran.err.find(words), std::string::npos) << ran.err;
    EXPECT_NE(ran.err.find("dcount.toml"), std::string::npos) << ran.err;
  }
}

TEST_F(SettingsTest, WrongValuesSayWhereTheyCameFrom) {
  Ran ran = get({}, {{"DCOUNT_SERVER", "https://x"}});
  EXPECT_EQ(ran.status, 2);
  EXPECT_NE(ran.err.find("DCOUNT_SERVER"), std::string::npos) << ran.err;
  place.write("dcount.toml", "retry-time = \"long\"\n");
  ran = place.run({"counter", "list"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_NE(ran.err.find("dcount.toml"), std::string::npos) << ran.err;
}

class ServerCommand : public SettingsTest {};

TEST_F(ServerCommand, SaysWhenItIsReadyAndEndsWithATerminationSignal) {
  Running running(place, {"server", "--listen", "127.0.0.1:0", "--data", "data"});
  ASSERT_TRUE(running.wait_for_output("dcount is ready on http://127.0.0.1:"));
  ASSERT_TRUE(running.wait_for_output("(data in data)\n"));
  running.signal(SIGTERM);
  EXPECT_EQ(running.wait().status, 0);
}

TEST_F(ServerCommand, CtrlCStopsItInOrder) {
  Running running(place, {"server", "--listen", "127.0.0.1:0", "--json"});
  ASSERT_TRUE(running.wait_for_output("\"ready\":true"));
  ASSERT_TRUE(running.wait_for_output(".local/state/dcount\"}\n"));
  running.signal(SIGINT);
  EXPECT_EQ(running.wait().status, 0);
}

TEST_F(ServerCommand, PortMayComeFromHttpPort) {
  std::string taken = std::to_string(server.endpoint().port);
  Ran ran = place.run({"server"}, {.environment = {{"HTTP_PORT", taken}}});
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.err.find(taken), std::string::npos) << ran.err;
}

TEST_F(ServerCommand, OwnVariableBeatsHttpPort) {
  Running running(place, {"server"},
                  {.environment = {{"HTTP_PORT", "1"}, {"DCOUNT_LISTEN", "127.0.0.1:0"}}});
  EXPECT_TRUE(running.wait_for_output("dcount is ready"));
}

/// The highest count that a server with this environment takes, of 7, 8, 100 and 101.
int max_count(const Workplace& place, std::map<std::string, std::string> environment) {
  const auto held = sim::FreePort::any();
  if (!held) throw std::runtime_error(held.error().message);
  const std::uint16_t port = held->number();
  Running running(place, {"server", "--listen", std::to_string(port)},
                  {.environment = std::move(environment)});
  if (!running.wait_for_output("dcount is ready")) return -1;
  httplib::Client http("127.0.0.1", port);
  for (int count : {101, 100, 8, 7}) {
    const auto answer = http.Get("/v2/forward?count=" + std::to_string(count));
    if (answer && answer->status == 200) return count;
  }
  return 0;
}

TEST_F(ServerCommand, MaxCountMayComeFromPezsVariableAnd0IsTheDefault) {
  EXPECT_EQ(max_count(place, {}), 100);
  EXPECT_EQ(max_count(place, {{"PEZ_MAX_COUNT", "7"}}), 7);
  EXPECT_EQ(max_count(place, {{"PEZ_MAX_COUNT", "7"}, {"DCOUNT_MAX_COUNT", "8"}}), 8);
  EXPECT_EQ(max_count(place, {{"PEZ_MAX_COUNT", "0"}}), 100);
}

TEST_F(ServerCommand, AMaxCountThatIsNoneIsRefusedAtTheStart) {
  for (const char* word : {"WRONG", "-1", "1000001", "1.5"}) {
    for (const Ran& ran : {place.run({"server", std::string("--max-count=") + word}),
                           place.run({"server"}, {.environment = {{"PEZ_MAX_COUNT", word}}})}) {
      EXPECT_EQ(ran.status, 2) << word;
      EXPECT_NE(ran.err.find(word), std::string::npos) << ran.err;
      EXPECT_NE(ran.err.find("0 to 1000000"), std::string::npos) << ran.err;
    }
  }
}

TEST_F(ServerCommand, ListensBeyondThisMachineOnlyWhenToldTwice) {
  for (const char* address : {"0.0.0.0:0", "[::]:0", "192.0.2.1:0"}) {
    Ran ran = place.run({"server", "--listen", address});
    EXPECT_EQ(ran.status, 2);
    EXPECT_NE(ran.err.find("--insecure"), std::string::npos) << ran.err;
  }
  Running running(place, {"server", "--listen", "0.0.0.0:0", "--insecure"});
  EXPECT_TRUE(running.wait_for_output("dcount is ready"));
}

TEST_F(ServerCommand, WhatIsNoAddressIsAUsageError) {
  for (const char* address :
       {"", ":", "a:b", "127.0.0.1:65536", "::1", "[::1", "[::1]x", "a:1:2"}) {
    EXPECT_EQ(place.run({"server", "--listen", address}).status, 2) << address;
  }
}

TEST_F(ServerCommand, AnEtcdsAddressThatIsNoneIsAUsageError) {
  for (const char* store : {"etcd://", "etcd://host:port", "etcd://a,,b", "mysql://a"}) {
    Ran ran = place.run({"server", "--store", store});
    EXPECT_EQ(ran.status, 2) << store;
    EXPECT_NE(ran.err.find("etcd://host:port"), std::string::npos) << ran.err;
  }
}

TEST_F(ServerCommand, TlsToEtcdIsAskedForWhole) {
  Ran half = place.run({"server", "--store", "etcds://127.0.0.1:1", "--etcd-cert", "c.pem"});
  EXPECT_EQ(half.status, 2);
  EXPECT_NE(half.err.find("--etcd-key"), std::string::npos) << half.err;
  Ran plain = place.run({"server", "--store", "etcd://127.0.0.1:1", "--etcd-ca", "ca.pem"});
  EXPECT_EQ(plain.status, 2);
  EXPECT_NE(plain.err.find("etcds://"), std::string::npos) << plain.err;
}

}  // namespace
}  // namespace dcount::test
