// The state of the cluster, asked of a fake server.
#include <gtest/gtest.h>

#include "client/client.h"
#include "client/decode_node.h"
#include "tests/client/fake_clock.h"
#include "tests/client/fake_server.h"

namespace dcount::client {
namespace {

constexpr const char* document =
    R"({"node":[{"name":"a","address":"h:1","state":"alive","last_seen":7,"packages":0,"bytes":0,)"
    R"("version":"0.1.0","internal":"h:2","since":5,"reaches":["b"],"self":true},)"
    R"({"name":"b","address":"h:3","state":"dead","last_seen":"6","reason":"its lease is gone"}],)"
    R"("cluster":{"ready":false,"why":"draining"}})";

TEST(NodeCalls, TellTheServersAndHandTheDocumentOn) {
  test::FakeServer server;
  test::FakeClock clock;
  ClientOptions options;
  options.endpoints = {server.endpoint()};
  options.clock = &clock;
  Client client(options);
  server.fail_next({.status = 200, .raw_body = document});
  const auto state = client.get_state();
  ASSERT_TRUE(state);
  EXPECT_EQ(server.seen().back().target, "/api/get_state");
  ASSERT_EQ(state->nodes.size(), 2u);
  EXPECT_EQ(state->nodes[0].name, "a");
  EXPECT_EQ(state->nodes[0].internal, "h:2");
  EXPECT_EQ(state->nodes[0].reaches, std::vector<std::string>{"b"});
  EXPECT_TRUE(state->nodes[0].self);
  EXPECT_EQ(state->nodes[1].state, "dead");
  EXPECT_EQ(state->nodes[1].reason, "its lease is gone");
  EXPECT_EQ(state->nodes[1].last_seen_s, 6);
  EXPECT_FALSE(state->nodes[1].self);
  EXPECT_FALSE(state->ready);
  EXPECT_EQ(state->why, "draining");
  EXPECT_EQ(state->document, document);
}

TEST(NodeCalls, AnythingElseIsNoState) {
  for (const char* body : {"", "[]", "{}", R"({"node":{}})", R"({"node":[1]})",
                           R"({"node":[{"name":"a"}]})", R"({"node":[{"state":"alive"}]})"}) {
    EXPECT_FALSE(decode_state(body)) << body;
  }
  EXPECT_TRUE(decode_state(R"({"node":[]})"));
}

}  // namespace
}  // namespace dcount::client
