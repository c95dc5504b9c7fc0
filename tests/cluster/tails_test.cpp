// Tails of a cluster: one that goes on at another server, and one whose server has missed changes.
#include <map>
#include <nlohmann/json.hpp>

#include "tests/cluster/cluster.h"
#include "tests/cluster/etcd_calls.h"

namespace dcount::test {
namespace {

using nlohmann::json;
using std::chrono::seconds;

/// A lockstep client: a table that each record goes into, and its greatest updated_at.
struct Mirror {
  std::map<std::string, json> rows;
  std::int64_t newest = 0;

  /// What is there now, or, with a connection that goes on, until it holds.
  void take(const sim::ServerProcess& server, const std::string& collection) {
    RawHttp http(server.port());
    http.patience = std::chrono::milliseconds(20'000);
    http.send(
        get("/lockstep/counters/" + collection + "?follow=false&since=" + std::to_string(newest)));
    const auto head = http.read_answer();
    ASSERT_TRUE(head);
    ASSERT_EQ(head->status, 200) << head->body;
    while (record(http)) continue;
  }

  /// False: that was the last.
  bool record(RawHttp& http) {
    std::string line;
    while (!line.ends_with("\r\n")) {
      const std::string byte = http.read_bytes(1);
      if (byte.empty()) return false;
      line += byte;
    }
    const std::string payload = http.read_bytes(std::stoul(line, nullptr, 16));
    http.read_bytes(2);
    if (payload.empty()) return false;
    if (payload == "\r\n") return true;
    const json one = json::parse(payload);
    EXPECT_GE(one["updated_at"], newest);
    newest = one["updated_at"];
    rows[one["id"]] = one;
    return true;
  }
};

class Tails : public ClusterTest {};

TEST_F(Tails, ALockstepClientGoesOnAtAnotherServerAndMissesNothing) {
  const std::string collection = fresh_name("tailed");
  client::Client client(over(all));
  Mirror mirror;
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(client.create_counter(collection, "k" + std::to_string(i)));
  }
  for (int round = 0; round < 12; ++round) {
    const std::string id = "k" + std::to_string(round % 5);
    const auto added = client.add(collection, id, 1);
    ASSERT_TRUE(added) << added.error().detail;
    const auto& server = all.server(static_cast<std::size_t>(round) % all.servers());
    // A server may learn of it a moment later, and tells of it then.
    ASSERT_TRUE(eventually([&] {
      mirror.take(server, collection);
      return HasFatalFailure() || mirror.rows[id]["n"] == added->n;
    })) << mirror.rows[id];
  }
  EXPECT_EQ(mirror.rows.size(), 5u);
  EXPECT_EQ(mirror.rows["k0"]["n"], 3);
  EXPECT_EQ(mirror.rows["k4"]["n"], 2);
}

TEST_F(Tails, WhatAServerHasMissedItsTailsAreTold) {
  const std::string collection = fresh_name("missed");
  auto& server = all.server(0);
  client::Client others(over(all, 1));
  for (const char* id : {"x", "y", "z"}) ASSERT_TRUE(others.create_counter(collection, id));
  ASSERT_TRUE(client::Client(only(server)).get(collection, "z"));
  RawHttp ranged(server.port()), single(server.port());
  for (RawHttp* http : {&ranged, &single}) http->patience = patience;
  ranged.send(get("/lockstep/counters/" + collection + "?since=0"));
  single.send(get("/tail/?since=0&keys=" + collection + "/x," + collection + "/y",
                  "Accept: application/x-ndjson\r\n"));
  ASSERT_TRUE(ranged.read_answer() && single.read_answer());
  Mirror mirror;
  while (mirror.rows.size() < 3) ASSERT_TRUE(mirror.record(ranged));
  server.pause();
  client::ClientOptions options = over(all, 1);
  options.endpoints.erase(options.endpoints.begin());
  client::Client client(options);
  for (std::size_t i = 0; i < all.etcd().size(); ++i) all.etcd().kill(i);
  const auto started = all.etcd().start();
  ASSERT_TRUE(started) << started.error().message;
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(client.add(collection, "x", 1));
  ASSERT_TRUE(client.remove(collection, "z"));
  compact(all.etcd().member(0));
  server.resume();
  while (mirror.rows["x"]["n"] != 10 || !mirror.rows["z"]["deleted_at"].is_number()) {
    ASSERT_TRUE(mirror.record(ranged));
  }
  // And it goes on.
  ASSERT_TRUE(client.add(collection, "y", 5));
  while (mirror.rows["y"]["n"] != 5) ASSERT_TRUE(mirror.record(ranged));
  std::string told;
  while (told.find(R"("id":"x","n":10,)") == std::string::npos ||
         told.find(R"("id":"y","n":5,)") == std::string::npos) {
    const std::string byte = single.read_bytes(1);
    ASSERT_NE(byte, "") << told;
    told += byte;
  }
}

}  // namespace
}  // namespace dcount::test
