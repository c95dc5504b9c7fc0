#include "server/nodes/prober.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <mutex>
#include <set>

#include "tests/nodes/ping_server.h"

namespace dcount::nodes {
namespace {

struct FixedClock final : engine::Clock {
  core::Now now() const override { return {1'000'000}; }
};

/// Takes connections and never says a word.
class HungServer {
 public:
  HungServer() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(socket_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(socket_, 100);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~HungServer() { ::close(socket_); }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  int socket_;
  int port_;
};

struct ProberTest : testing::Test {
  static ProberOptions quick() {
    ProberOptions options;
    options.interval = 5ms;
    options.threads_max = 4;
    options.connect_time = options.read_time = 10s;  // a busy machine is no answer
    return options;
  }

  FixedClock clock;
  std::mutex mutex;
  std::map<std::string, std::vector<Probe>> told;
  Prober prober{clock,
                [this](const Probe& probe) {
                  const std::lock_guard lock(mutex);
                  told[probe.peer.name].push_back(probe);
                },
                quick()};

  std::size_t count(const std::string& name) {
    const std::lock_guard lock(mutex);
    return told[name].size();
  }
  Probe last(const std::string& name) {
    EXPECT_TRUE(soon([&] { return count(name) > 0; })) << name;
    const std::lock_guard lock(mutex);
    return told[name].empty() ? Probe{} : told[name].back();
  }
};

TEST_F(ProberTest, TellsWhoAnswersAndWhatTimeItIsThere) {
  PingServer server([] { return pong("a", 1'003'000); });
  prober.set_peers({{"a", server.address()}});
  EXPECT_TRUE(last("a").answered);
  EXPECT_EQ(last("a").clock, (ClockOffset{3000, 1}));
  EXPECT_TRUE(soon([&] { return count("a") >= 5; })) << "again and again";
}

TEST_F(ProberTest, SaysWhoAsks) {
  std::mutex said_mutex;
  std::set<std::string> said;
  PingServer server([] { return pong("a", 1'000'000); }, 200,
                    [&](const http::Request& request) {
                      const std::lock_guard lock(said_mutex);
                      said.insert(request.http.get_header_value("X-Dcount-From"));
                      said.insert(request.http.get_header_value("Authorization"));
                    });
  ProberOptions options = quick();
  options.node = "node-7";
  options.secret = "0123456789abcdef";
  std::atomic<int> asked = 0;
  Prober named(
      clock, [&](const Probe&) { ++asked; }, options);
  named.set_peers({{"a", server.address()}});
  EXPECT_TRUE(soon([&] { return asked > 0; }));
  named.stop();
  const std::lock_guard lock(said_mutex);
  EXPECT_EQ(said, (std::set<std::string>{"node-7", "Bearer 0123456789abcdef"}));
}

TEST_F(ProberTest, AnotherNodeAtTheAddressIsNoAnswer) {
  PingServer other([] { return pong("b", 1'000'000); });
  PingServer nonsense([] { return std::string("[]"); });
  PingServer endless([] { return std::string(1 << 20, ' ') + pong("c", 1); });
  PingServer broken([] { return pong("d", 1'000'000); }, 503);
  prober.set_peers({{"a", other.address()},
                    {"b", nonsense.address()},
                    {"c", endless.address()},
                    {"d", broken.address()}});
  for (const char* name : {"a", "b", "c", "d"}) EXPECT_FALSE(last(name).answered) << name;
}

TEST_F(ProberTest, NobodyThereIsNoAnswer) {
  std::string address;
  {
    PingServer gone([] { return pong("a", 0); });
    address = gone.address();
  }
  prober.set_peers({{"a", address}});
  EXPECT_FALSE(last("a").answered);
}

TEST_F(ProberTest, PeersThatHangDelayNobodyElse) {
  HungServer hung;
  PingServer server([] { return pong("a", 1'000'000); });
  prober.set_peers({{"h1", hung.address()},
                    {"h2", hung.address()},
                    {"h3", hung.address()},
                    {"a", server.address()}});
  EXPECT_TRUE(soon([&] { return count("a") >= 10; }));
  EXPECT_EQ(count("h1") + count("h2") + count("h3"), 0u) << "they take their 10 s";
  EXPECT_TRUE(last("a").answered);
}

TEST_F(ProberTest, AServerThatComesBackIsReachedAgain) {
  auto server = std::make_unique<PingServer>([] { return pong("a", 1'000'000); });
  const Peer peer{"a", server->address()};
  prober.set_peers({peer});
  EXPECT_TRUE(last("a").answered);
  server.reset();
  EXPECT_TRUE(soon([&] { return !last("a").answered; }));
}

TEST_F(ProberTest, WhoIsNoPeerAnyMoreIsNotAsked) {
  HungServer hung;
  PingServer server([] { return pong("a", 1'000'000); });
  prober.set_peers({{"h", hung.address()}, {"a", server.address()}});
  EXPECT_TRUE(soon([&] { return count("a") > 0; }));
  prober.set_peers({{"b", server.address()}});
  const std::size_t before = count("a");
  EXPECT_TRUE(soon([&] { return count("b") >= 5; }));
  EXPECT_LE(count("a"), before + 1) << "one may have been on its way";
}

TEST_F(ProberTest, StopCutsWhatHangs) {
  HungServer hung;
  ProberOptions slow = quick();
  slow.read_time = 60s;
  std::atomic<int> asked = 0;
  Prober patient(
      clock, [&](const Probe&) { ++asked; }, slow);
  patient.set_peers({{"h", hung.address()}});
  PingServer server([] { return pong("a", 1'000'000); });
  prober.set_peers({{"a", server.address()}});
  EXPECT_TRUE(soon([&] { return count("a") >= 5; }));  // the other has had time to connect
  const auto begun = std::chrono::steady_clock::now();
  patient.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 10s);
  EXPECT_EQ(asked, 0);
}

TEST(SplitAddress, KnowsBracketsAndPorts) {
  EXPECT_EQ(split_address("host:80").host, "host");
  EXPECT_EQ(split_address("host:80").port, 80);
  EXPECT_EQ(split_address("[::1]:8080").host, "::1");
  EXPECT_EQ(split_address("[::1]:8080").port, 8080);
}

}  // namespace
}  // namespace dcount::nodes
