#include <gtest/gtest.h>

#include "sim/links/links.h"
#include "tests/links/sockets.h"
#include "tests/sim/poll.h"

namespace dcount::sim {
namespace {

using End = TestSocket::End;

struct SharedLinkTest : testing::Test {
  TestListener target;
  Links links{7};
  SharedLink& shared = **links.share({.to = "b", .target = target.address(), .port = {}});
  Link& one = shared.from("one");
  Link& two = shared.from("two");

  static std::string request(const std::string& header) {
    return "GET /x HTTP/1.1\r\nHost: b\r\n" + header + "\r\n\r\n";
  }
  /// Opens a connection that begins so, and checks that all of it arrives.
  std::pair<TestSocket, TestSocket> open(const std::string& begin) {
    auto client = TestSocket::to(shared.port());
    EXPECT_TRUE(client.send(begin));
    auto server = target.accept();
    EXPECT_EQ(server.receive(begin.size()), begin);
    return {std::move(client), std::move(server)};
  }
};

TEST_F(SharedLinkTest, ConnectionsBelongToWhoTheySayTheyAre) {
  links.name_peer("ab12", "two");
  auto by_name = open(request("X-Dcount-From: one"));
  auto by_id = open(request("X-Server-From: ab12"));
  auto by_nothing = open(request("Accept: */*"));
  auto not_http = open("\x01\x02\x03");
  auto stranger = open(request("X-Dcount-From: mallory"));
  EXPECT_EQ(one.counters().connections, 1u);
  EXPECT_EQ(two.counters().connections, 1u);
  EXPECT_EQ(shared.unknown().counters().connections, 3u);
}

TEST_F(SharedLinkTest, FaultsHitOneOfThemAlone) {
  auto [one_client, one_server] = open(request("X-Dcount-From: one"));
  auto [two_client, two_server] = open(request("X-Dcount-From: two"));
  one.cut();
  EXPECT_TRUE(one_client.send("held"));
  EXPECT_TRUE(two_client.send("free"));
  EXPECT_EQ(two_server.receive(4), "free");
  EXPECT_TRUE(one_server.silent());
  auto late = TestSocket::to(shared.port());
  EXPECT_TRUE(late.send(request("X-Dcount-From: one")));
  EXPECT_TRUE(target.nobody());
  EXPECT_TRUE(one.confirm(LinkFault::cut));
  EXPECT_FALSE(one.round_trip(std::chrono::milliseconds(300)));
  EXPECT_TRUE(two.round_trip());
  one.heal();
  EXPECT_EQ(one_server.receive(4), "held");
  EXPECT_TRUE(target.accept().is_open());
}

TEST_F(SharedLinkTest, RefusesOneOfThemByAReset) {
  one.refuse();
  auto client = TestSocket::to(shared.port());
  EXPECT_TRUE(client.send(request("X-Dcount-From: one")));
  EXPECT_EQ(client.end(), End::reset);
  const auto told = one.confirm(LinkFault::refuse);
  ASSERT_TRUE(told) << told.error().message;
  EXPECT_EQ(*told, "a probe over one→b was reset");
  open(request("X-Dcount-From: two"));
  one.heal();
  open(request("X-Dcount-From: one"));
}

TEST_F(SharedLinkTest, AHeadMayComeInPieces) {
  auto client = TestSocket::to(shared.port());
  const std::string head = request("X-Dcount-From: one");
  for (const char c : head) EXPECT_TRUE(client.send({&c, 1}));
  auto server = target.accept();
  EXPECT_EQ(server.receive(head.size()), head);
  EXPECT_TRUE(server.silent());
  EXPECT_EQ(one.counters().connections, 1u);
}

TEST_F(SharedLinkTest, WhoSaysNothingIsKnownByItsProcess) {
  const std::string ours = content_of("/proc/self/cmdline");
  links.name_processes([ours](const std::string& command_line) -> std::string {
    return command_line == ours ? "two" : "";
  });
  open(request("Accept: */*"));
  EXPECT_EQ(two.counters().connections, 1u);
}

}  // namespace
}  // namespace dcount::sim
