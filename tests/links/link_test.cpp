#include <gtest/gtest.h>

#include "sim/links/links.h"
#include "tests/links/sockets.h"
#include "tests/sim/poll.h"

namespace dcount::sim {
namespace {

using std::chrono::milliseconds;
using End = TestSocket::End;

constexpr std::size_t window = 256 << 10;

struct LinkTest : testing::Test {
  TestListener target;
  Links links{7};
  Link& link = **links.add("a", {.to = "b", .target = target.address(), .port = {}});

  struct Pair {
    TestSocket client, server;
  };
  Pair open() {
    auto client = TestSocket::to(link.port());
    auto server = target.accept();
    EXPECT_TRUE(server.is_open());
    return {std::move(client), std::move(server)};
  }
  bool held(std::uint64_t forward, std::uint64_t backward) {
    return eventually([&] {
      const auto now = link.counters();
      return now.forward.held_bytes == forward && now.backward.held_bytes == backward;
    });
  }
  std::string confirmed(LinkFault fault) {
    const auto told = link.confirm(fault);
    return told ? *told : "not confirmed: " + told.error().message;
  }
  static bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }
};

TEST_F(LinkTest, CarriesBytesAndEndsBothWays) {
  auto [client, server] = open();
  EXPECT_TRUE(client.send("question"));
  EXPECT_EQ(server.receive(8), "question");
  client.end_sending();
  EXPECT_EQ(server.end(), End::closed);
  EXPECT_TRUE(server.send("answer"));  // the other half is open
  EXPECT_EQ(client.receive(6), "answer");
  server.close();
  EXPECT_EQ(client.end(), End::closed);
  EXPECT_TRUE(eventually([&] { return link.counters().open == 0; }));
  const auto counted = link.counters();
  EXPECT_EQ(counted.connections, 1u);
  EXPECT_EQ(counted.forward.forwarded_bytes, 8u);
  EXPECT_EQ(counted.backward.forwarded_bytes, 6u);
}

TEST_F(LinkTest, PassesAResetOn) {
  auto [client, server] = open();
  EXPECT_TRUE(server.send("unread"));
  EXPECT_TRUE(client.can(POLLIN, patience));
  client.close();  // with something unread: a reset
  EXPECT_EQ(server.end(), End::reset);
}

TEST_F(LinkTest, ACutHoldsBytesAndHealingResumesTheStream) {
  auto [client, server] = open();
  EXPECT_TRUE(client.send("one "));
  EXPECT_EQ(server.receive(4), "one ");
  link.cut();
  EXPECT_TRUE(client.send("two "));
  EXPECT_TRUE(server.send("back"));
  EXPECT_TRUE(held(4, 4));
  EXPECT_TRUE(client.silent());
  EXPECT_TRUE(server.silent());
  EXPECT_EQ(confirmed(LinkFault::cut), "4 bytes a→b, 4 bytes b→a held back");
  client.end_sending();  // held, too
  EXPECT_TRUE(server.silent());
  link.heal();
  EXPECT_EQ(server.receive(4), "two ");
  EXPECT_EQ(client.receive(4), "back");
  EXPECT_EQ(server.end(), End::closed);
  EXPECT_TRUE(held(0, 0));
  EXPECT_EQ(confirmed(LinkFault::cut), "not confirmed: a→b: no cut");
}

TEST_F(LinkTest, AOneWayCutStopsThatWayAlone) {
  for (const Way way : {Way::forward, Way::backward}) {
    auto [client, server] = open();
    link.cut(way);
    auto& cut = way == Way::forward ? client : server;
    auto& free = way == Way::forward ? server : client;
    EXPECT_TRUE(free.send("free"));
    EXPECT_EQ(cut.receive(4), "free");
    const std::string told = confirmed(LinkFault::cut);
    EXPECT_TRUE(contains(told, "a probe over a→b got ")) << told;
    EXPECT_TRUE(contains(told, "no answer in 300 ms")) << told;
    EXPECT_TRUE(cut.send("cut"));
    EXPECT_TRUE(way == Way::forward ? held(3, 0) : held(0, 3));
    EXPECT_TRUE(free.silent());
    link.heal();
    EXPECT_EQ(free.receive(3), "cut");
  }
}

TEST_F(LinkTest, TheWaysOfACutAreHealedOneByOne) {
  auto [client, server] = open();
  link.cut(Way::forward);
  link.cut(Way::backward);
  EXPECT_TRUE(client.send("there"));
  EXPECT_TRUE(server.send("back"));
  EXPECT_TRUE(held(5, 4));
  link.heal(LinkFault::cut, Way::backward);
  EXPECT_EQ(client.receive(4), "back");
  EXPECT_TRUE(server.silent());
  link.heal(LinkFault::cut, Way::forward);
  EXPECT_EQ(server.receive(5), "there");
}

TEST_F(LinkTest, ConnectionsMadeUnderACutAreServedWhenItIsHealed) {
  link.cut();
  auto client = TestSocket::to(link.port());
  EXPECT_TRUE(client.send("early"));
  EXPECT_TRUE(target.nobody());
  EXPECT_EQ(confirmed(LinkFault::cut).find("not"), std::string::npos);
  link.heal();
  auto server = target.accept();
  EXPECT_EQ(server.receive(5), "early");
  EXPECT_TRUE(server.send("answer"));
  EXPECT_EQ(client.receive(6), "answer");
}

TEST_F(LinkTest, ACutMayBeHealedByAReset) {
  auto [client, server] = open();
  link.cut(Way::both, OnHeal::reset);
  EXPECT_TRUE(client.send("lost"));
  EXPECT_TRUE(held(4, 0));
  link.heal();
  EXPECT_EQ(client.end(), End::reset);
  EXPECT_EQ(server.end(), End::reset);
  EXPECT_EQ(link.counters().reset, 1u);
  EXPECT_TRUE(link.round_trip());
}

TEST_F(LinkTest, NothingOvertakesUnderJitter) {
  auto [client, server] = open();
  link.delay(Way::forward, milliseconds(5), milliseconds(5));
  std::string sent;
  for (int i = 0; i < 300; ++i) {
    const std::string piece = std::to_string(i) + " ";
    EXPECT_TRUE(client.send(piece));
    sent += piece;
    // A piece of its own for the link.
    EXPECT_TRUE(eventually([&] { return link.counters().forward.delayed_bytes == sent.size(); }));
  }
  EXPECT_EQ(server.receive(sent.size()), sent);
}

TEST_F(LinkTest, LatencyIsMeasured) {
  link.delay(Way::backward, milliseconds(30));
  const auto began = std::chrono::steady_clock::now();
  const auto took = link.round_trip();
  const auto all = std::chrono::steady_clock::now() - began;
  ASSERT_TRUE(took);
  EXPECT_GE(*took, milliseconds(30));
  EXPECT_GE(all, *took);
  const std::string told = confirmed(LinkFault::latency);
  EXPECT_TRUE(contains(told, "at least 30.0 ms of which are latency")) << told;
  link.delay(Way::both, std::chrono::seconds(30));
  EXPECT_EQ(confirmed(LinkFault::latency), "a→b: a probe was still held after 450 ms");
  auto [client, server] = open();
  EXPECT_TRUE(client.send("late"));
  EXPECT_TRUE(held(4, 0));
  link.heal();  // what was late leaves now
  EXPECT_EQ(server.receive(4), "late");
}

TEST_F(LinkTest, NoMoreBytesLeaveThanTheBandwidthAllows) {
  auto [client, server] = open();
  auto [client2, server2] = open();
  constexpr std::uint64_t rate = 100'000;
  const std::string bytes(100'000, 'b');
  const auto began = std::chrono::steady_clock::now();
  link.limit(Way::forward, rate);
  EXPECT_TRUE(client.send(bytes));
  EXPECT_TRUE(client2.send(bytes));
  EXPECT_EQ(server.receive(10'000).size(), 10'000u);
  EXPECT_EQ(server2.receive(10'000).size(), 10'000u) << "they share it";
  const std::uint64_t left = link.counters().forward.forwarded_bytes;
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - began;
  EXPECT_LE(double(left), rate * time.count() + rate * 0.04);
  EXPECT_TRUE(contains(confirmed(LinkFault::bandwidth), "bytes a→b had to wait"));
  EXPECT_TRUE(server.send(bytes));  // the other way is free
  EXPECT_EQ(client.receive(bytes.size()), bytes);
  link.heal();
  EXPECT_EQ(server.receive(90'000).size(), 90'000u);
}

TEST_F(LinkTest, ABandwidthWithoutTrafficIsShownByAProbe) {
  for (const std::uint64_t rate : {20, 5'000, 1'000'000}) {
    link.limit(Way::backward, rate);
    const std::string told = confirmed(LinkFault::bandwidth);
    EXPECT_TRUE(told.starts_with("a→b: a probe of ")) << told;
    link.heal();
  }
}

TEST_F(LinkTest, AResetIsSeenAtBothEnds) {
  EXPECT_EQ(link.reset(), 0u);
  EXPECT_TRUE(contains(confirmed(LinkFault::reset), "no connection was open"));
  auto [client, server] = open();
  EXPECT_TRUE(client.send("x"));
  EXPECT_EQ(server.receive(1), "x");
  EXPECT_EQ(link.reset(), 1u);
  EXPECT_EQ(client.end(), End::reset);
  EXPECT_EQ(server.end(), End::reset);
  EXPECT_EQ(confirmed(LinkFault::reset), "a→b: 1 open connections were reset");
  open();  // as before
}

TEST_F(LinkTest, NewConnectionsAreRefusedAndOpenOnesGoOn) {
  auto [client, server] = open();
  for (int round = 0; round < 3; ++round) {
    link.refuse();
    int error = 0;
    TestSocket::to(link.port(), &error);
    EXPECT_EQ(error, ECONNREFUSED);
    EXPECT_TRUE(client.send("x"));
    EXPECT_EQ(server.receive(1), "x");
    EXPECT_EQ(confirmed(LinkFault::refuse), "a probe over a→b was refused");
    link.heal();
    open();
  }
}

TEST_F(LinkTest, OpenOrNewConnectionsHang) {
  auto [client, server] = open();
  link.hang(Hang::new_ones);
  auto other = TestSocket::to(link.port());
  EXPECT_TRUE(other.send("hello"));
  EXPECT_TRUE(target.nobody());
  EXPECT_TRUE(client.send("x"));
  EXPECT_EQ(server.receive(1), "x");
  const std::string told = confirmed(LinkFault::hang);
  EXPECT_FALSE(contains(told, "not confirmed")) << told;
  link.heal();
  auto other_server = target.accept();
  EXPECT_EQ(other_server.receive(5), "hello");

  link.hang(Hang::open_ones);
  open();  // new ones are served
  EXPECT_TRUE(contains(confirmed(LinkFault::hang), "nothing arrives"));
  EXPECT_TRUE(client.send("y"));
  EXPECT_TRUE(held(1, 0));
  EXPECT_TRUE(server.silent());
  EXPECT_EQ(confirmed(LinkFault::hang), "1 byte a→b held back");
  link.heal();
  EXPECT_EQ(server.receive(1), "y");
}

TEST_F(LinkTest, AProbeOfAHangGetsNoAnswer) {
  link.hang();
  EXPECT_EQ(confirmed(LinkFault::hang), "a probe over a→b got no answer in 300 ms");
}

TEST_F(LinkTest, HoldsAWindowAtMostForWhoDoesNotRead) {
  auto [client, server] = open();
  const std::string block(64 << 10, 'x');
  for (const bool is_cut : {false, true}) {
    if (is_cut) link.cut();
    std::uint64_t sent = 0;
    // Until nothing moves any more: the kernel's buffers and the window are full.
    const auto end = std::chrono::steady_clock::now() + patience;
    for (int idle = 0; idle < 20 || link.counters().forward.held_bytes < window;) {
      ASSERT_LT(std::chrono::steady_clock::now(), end);
      const std::size_t taken = client.send_what_fits(block);
      sent += taken;
      idle = taken > 0 ? 0 : idle + 1;
      if (taken == 0) client.can(POLLOUT, milliseconds(10));
      ASSERT_LE(link.counters().forward.held_bytes, window);
      ASSERT_LT(sent, 1u << 30);
    }
    EXPECT_EQ(link.counters().forward.held_bytes, window);
    link.heal();
    EXPECT_EQ(server.receive(sent).size(), sent);
  }
}

TEST_F(LinkTest, TheTargetMayBeSetLaterAndChange) {
  Link& later = **links.add("a", {.to = "c", .target = "", .port = {}});
  EXPECT_TRUE(later.round_trip()) << "probes need none";
  auto client = TestSocket::to(later.port());
  EXPECT_TRUE(client.send("x"));
  ASSERT_TRUE(later.set_target(target.address()));
  auto server = target.accept();
  EXPECT_EQ(server.receive(1), "x");
  TestListener other;
  ASSERT_TRUE(later.set_target(other.address()));
  auto second = TestSocket::to(later.port());
  EXPECT_TRUE(other.accept().is_open());
  EXPECT_TRUE(client.send("y"));
  EXPECT_EQ(server.receive(1), "y") << "open ones stay";
  EXPECT_FALSE(later.set_target("localhost:80"));
  EXPECT_FALSE(later.set_target("127.0.0.1"));
  EXPECT_FALSE(later.set_target("127.0.0.1:80a"));
}

TEST_F(LinkTest, WithNobodyBehindItConnectionsAreReset) {
  target.close();
  auto client = TestSocket::to(link.port());
  EXPECT_EQ(client.end(), End::reset);
}

TEST_F(LinkTest, ManyConnectionsUnderACutWaitInTheKernel) {
  link.cut();
  std::vector<TestSocket> clients;
  for (int i = 0; i < 400; ++i) {
    clients.push_back(TestSocket::to(link.port()));
    EXPECT_TRUE(clients.back().send("x"));
  }
  EXPECT_TRUE(eventually([&] { return link.counters().connections == 256; }));
  EXPECT_TRUE(contains(confirmed(LinkFault::cut), "256 bytes a→b held back"));
  link.heal();
  std::vector<TestSocket> served;
  for (int i = 0; i < 400; ++i) {
    served.push_back(target.accept());
    ASSERT_TRUE(served.back().is_open()) << i;
    ASSERT_EQ(served.back().receive(1), "x") << i;
  }
  EXPECT_EQ(link.counters().open, 400u);
}

TEST_F(LinkTest, AProbeLeavesNothingBehind) {
  link.cut(Way::backward);
  EXPECT_TRUE(link.confirm(LinkFault::cut));
  link.heal();
  EXPECT_TRUE(link.round_trip());
  EXPECT_TRUE(target.nobody());
  const auto counted = link.counters();
  EXPECT_EQ(counted.connections, 0u);
  EXPECT_EQ(counted.forward.forwarded_bytes + counted.backward.forwarded_bytes, 0u);
}

}  // namespace
}  // namespace dcount::sim
