// The nodes of a server of its own.
#include "server/api/advertised.h"

#include <unistd.h>

#include <ctime>
#include <fstream>

#include "tests/api/serving_api.h"

namespace dcount::api {
namespace {

struct NodesApi : ServingApi {
  nlohmann::json state() { return body_of(get("/api/get_state")); }

  /// Once this server is registered: by itself, soon after its start.
  nlohmann::json self(const std::string& name = "local") {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < end) {
      const auto nodes = state()["node"];
      for (const auto& node : nodes) {
        if (node["name"] == name && node["address"] != "") return node;
      }
    }
    ADD_FAILURE() << "not registered: " << state();
    return {};
  }
};

TEST_F(NodesApi, ThisServerIsAliveUnderItsAddresses) {
  const auto node = self();
  EXPECT_EQ(node["address"], "127.0.0.1:" + std::to_string(server_->port()));
  EXPECT_EQ(node["state"], "alive");
  EXPECT_EQ(node["self"], true);
  EXPECT_EQ(node["packages"], 0);
  EXPECT_EQ(node["bytes"], 0);
  EXPECT_FALSE(node["version"].get<std::string>().empty());
  EXPECT_NEAR(node["last_seen"].get<double>(), static_cast<double>(std::time(nullptr)), 60);
  EXPECT_TRUE(node["reaches"].empty());
  EXPECT_FALSE(node.contains("reason"));
}

TEST_F(NodesApi, TheClusterIsToldWithThem) {
  self();
  const auto cluster = state()["cluster"];
  EXPECT_EQ(cluster["ready"], true);
  EXPECT_EQ(cluster["servers"]["alive"], 1);
  EXPECT_EQ(cluster["servers"]["known"], 1);
  EXPECT_EQ(cluster["store"]["reachable"], true);
  EXPECT_EQ(cluster["clock"]["off"], false);
  EXPECT_GT(cluster["revision"], 0);
}

TEST_F(NodesApi, ThePingIsOnAListenerOfItsOwn) {
  const std::string internal = self()["internal"];
  ASSERT_TRUE(internal.starts_with("127.0.0.1:")) << internal;
  const int port = std::stoi(internal.substr(internal.rfind(':') + 1));
  EXPECT_NE(port, server_->port());
  test::RawHttp other(static_cast<std::uint16_t>(port));
  other.send("GET /capi/ping HTTP/1.1\r\nHost: t\r\n\r\n");
  const auto pong = other.read_answer();
  ASSERT_TRUE(pong);
  EXPECT_EQ(pong->status, 200);
  EXPECT_EQ(body_of(*pong)["node"], "local");
  EXPECT_EQ(body_of(*pong)["version"], self()["version"]);
  EXPECT_NEAR(body_of(*pong)["unix_ms"].get<double>(), 1000.0 * std::time(nullptr), 60'000);
  EXPECT_EQ(get("/capi/ping").status, 404) << "not for clients";
  other.send("GET /cnt HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(other.read_answer()->status, 404) << "not for nodes";
}

TEST_F(NodesApi, ARestartIsTheSameNodeAtItsNewAddress) {
  self();
  std::string identity;
  std::ifstream(settings_.data_directory + "/identity") >> identity;
  EXPECT_EQ(identity.size(), 32u);
  start();
  const std::string address = "127.0.0.1:" + std::to_string(server_->port());
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (self()["address"] != address && std::chrono::steady_clock::now() < end) {
  }
  EXPECT_EQ(self()["address"], address);
  EXPECT_EQ(state()["node"].size(), 1u);
  std::string again;
  std::ifstream(settings_.data_directory + "/identity") >> again;
  EXPECT_EQ(again, identity);
}

TEST_F(NodesApi, AreNotInDumpsAndDoNotMakeAStoreFull) {
  self();
  const auto dump = get("/api/dump").body;
  EXPECT_EQ(dump.find("node/"), std::string::npos) << dump;
  post("/cnt/a/x/7?create=true");
  const auto full = get("/api/dump").body;
  settings_.data_directory += "-next";
  start();
  self();
  EXPECT_EQ(call("POST", "/api/restore", full).status, 200);
  EXPECT_EQ(value("a/x"), 7);
  EXPECT_EQ(self()["state"], "alive");
  EXPECT_EQ(call("POST", "/api/restore?force=true", full).status, 200);
  EXPECT_EQ(self()["state"], "alive");
}

TEST_F(NodesApi, AnAdvertisedAddressIsWhatIsRegistered) {
  settings_.advertise = {"counters.example", 443};
  settings_.advertise_internal = {"10.1.2.3", 0};
  settings_.node = "other";
  start();
  const auto node = self("other");
  EXPECT_EQ(node["address"], "counters.example:443");
  EXPECT_TRUE(node["internal"].get<std::string>().starts_with("10.1.2.3:"));
}

TEST(Advertised, IsWhereItIsBoundUnlessThatSaysNothing) {
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  EXPECT_EQ(advertised({}, {"10.0.0.1", 80}), "10.0.0.1:80");
  EXPECT_EQ(advertised({}, {"::1", 80}), "[::1]:80");
  EXPECT_EQ(advertised({}, {"0.0.0.0", 80}), std::string(host) + ":80");
  EXPECT_EQ(advertised({}, {"::", 80}), std::string(host) + ":80");
  EXPECT_EQ(advertised({"h", 0}, {"0.0.0.0", 80}), "h:80");
  EXPECT_EQ(advertised({"h", 81}, {"10.0.0.1", 80}), "h:81");
}

}  // namespace
}  // namespace dcount::api
