// Load runs against a fake server that counts what reaches it.
#include "cli/bench_load.h"

#include <gtest/gtest.h>
#include <httplib.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <thread>

#include "sim/free_port.h"

namespace dcount::cli::bench {
namespace {

using namespace std::chrono_literals;

/// Stock cpp-httplib with dcount's paths; every counter's value is the same.
class FakeServer {
 public:
  FakeServer() {
    server_.new_task_queue = [] { return new httplib::ThreadPool(16); };
    server_.set_tcp_nodelay(true);
    server_.set_keep_alive_max_count(1'000'000'000);
    server_.set_keep_alive_timeout(60);
    server_.Post(R"(/cnt/bench/k(\d+))", [this](const auto& req, auto& res) {
      {
        const std::lock_guard lock(mutex_);
        peers_.insert(req.remote_port);
      }
      increment(res, 1);
    });
    server_.Post("/batch", [this](const httplib::Request& req, httplib::Response& res) {
      increment(res, std::count(req.body.begin(), req.body.end(), '{') - 1);
    });
    server_.Post("/items", [this](const httplib::Request& req, httplib::Response& res) {
      const std::lock_guard lock(mutex_);
      for (const auto& item : nlohmann::json::parse(req.body)) ids_.insert(item["id"]);
      res.set_content(R"({"message":"Success"})", "application/json");
    });
    server_.Get(R"(/cnt/bench/k(\d+))", [this](const auto&, auto& res) {
      ++reads;
      if (absent) {
        res.status = 404;
      } else {
        res.set_content(R"({"n": 7})", "application/json");
      }
    });
    port = static_cast<std::uint16_t>(server_.bind_to_any_port("127.0.0.1"));
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~FakeServer() {
    server_.stop();
    thread_.join();
  }

  std::size_t distinct_items() {
    const std::lock_guard lock(mutex_);
    return ids_.size();
  }

  std::size_t connections() const {
    const std::lock_guard lock(mutex_);
    return peers_.size();
  }

  void keep_alive_max(std::size_t requests) { server_.set_keep_alive_max_count(requests); }

  std::uint16_t port = 0;
  std::atomic<std::uint64_t> requests = 0;  ///< those that change something
  std::atomic<std::uint64_t> increments = 0;
  std::atomic<std::uint64_t> reads = 0;
  std::atomic<std::uint64_t> refuse_every = 0;  ///< each n-th with 503; 0: none
  std::atomic<bool> absent = false;

 private:
  void increment(httplib::Response& res, std::int64_t by) {
    const std::uint64_t number = ++requests;
    if (refuse_every > 0 && number % refuse_every == 0) {
      res.status = 503;
      res.set_content("{}", "application/problem+json");
      return;
    }
    increments += static_cast<std::uint64_t>(by);
    res.set_content(R"({"resp":true,"n":1})", "application/json");
  }

  httplib::Server server_;
  std::thread thread_;
  mutable std::mutex mutex_;
  std::set<std::string> ids_;
  std::set<int> peers_;  ///< ports of those that increment
};

LoadOptions requests(const FakeServer& server, std::uint64_t count, std::size_t connections = 4) {
  LoadOptions options{.servers = {*resolve("127.0.0.1", server.port)}};
  options.connections = connections;
  options.requests = count;
  return options;
}

TEST(BenchLoad, TheServerSeesExactlyTheRequestsThatWereAskedFor) {
  FakeServer server;
  const LoadResult load = run_load({}, requests(server, 1000), {});
  EXPECT_EQ(load.error, "");
  EXPECT_EQ(load.total.sent, 1000u);
  EXPECT_EQ(load.total.good, 1000u);
  EXPECT_EQ(load.total.latency.count(), 1000u);
  EXPECT_TRUE(load.total.errors.empty());
  EXPECT_EQ(server.requests, 1000u);
}

TEST(BenchLoad, ThreadsShareTheRequestsAndConnections) {
  FakeServer server;
  LoadOptions options = requests(server, 1001, 5);
  options.threads = 3;
  EXPECT_EQ(run_load({}, options, {}).total.good, 1001u);
  EXPECT_EQ(server.requests, 1001u);
}

TEST(BenchLoad, ConnectionsAreSpreadEvenlyOverTheServers) {
  FakeServer a, b, c;
  LoadOptions options = requests(a, 900, 9);
  options.servers.push_back(*resolve("127.0.0.1", b.port));
  options.servers.push_back(*resolve("127.0.0.1", c.port));
  options.threads = 2;
  EXPECT_EQ(run_load({}, options, {}).total.good, 900u);
  EXPECT_EQ(a.requests + b.requests + c.requests, 900u);
  for (const FakeServer* server : {&a, &b, &c}) EXPECT_EQ(server->connections(), 3u);
}

TEST(BenchLoad, OneOfTheServersMissingIsAnError) {
  FakeServer server;
  const auto nobody = sim::FreePort::any().value();
  LoadOptions options = requests(server, 10);
  options.servers.push_back(*resolve("127.0.0.1", nobody.number()));
  EXPECT_NE(run_load({}, options, {}).error.find("refused"), std::string::npos);
  EXPECT_EQ(server.requests, 0u);
}

TEST(BenchLoad, MoreConnectionsThanRequestsAreFine) {
  FakeServer server;
  EXPECT_EQ(run_load({}, requests(server, 2, 4), {}).total.good, 2u);
  EXPECT_EQ(server.requests, 2u);
}

TEST(BenchLoad, ATimedRunEndsWithEveryRequestAnswered) {
  FakeServer server;
  LoadOptions options = requests(server, 0);
  options.requests = std::nullopt;
  options.duration = 0.2s;
  const LoadResult load = run_load({}, options, {});
  EXPECT_GT(load.total.good, 0u);
  EXPECT_EQ(load.total.sent, load.total.good);
  EXPECT_EQ(server.requests, load.total.sent);
}

TEST(BenchLoad, BatchesCarryTheirOperations) {
  FakeServer server;
  EXPECT_EQ(run_load({.keys = 100, .batch = 7}, requests(server, 50), {}).total.good, 50u);
  EXPECT_EQ(server.increments, 350u);
}

TEST(BenchLoad, LargeRequestsOfItemsArriveWholeAndNoIdTwice) {
  FakeServer server;
  LoadOptions options = requests(server, 10, 3);
  options.threads = 2;
  const Workload workload{.items = true, .keys = 7, .batch = 10'000};
  EXPECT_EQ(run_load(workload, options, {}).total.good, 10u);
  EXPECT_EQ(server.distinct_items(), 100'000u);
}

TEST(BenchLoad, RefusalsAreCountedByStatus) {
  FakeServer server;
  server.refuse_every = 10;
  const LoadResult load = run_load({}, requests(server, 1000), {});
  EXPECT_EQ(load.total.good, 900u);
  EXPECT_EQ(load.total.errors.at("503"), 100u);
  EXPECT_EQ(server.increments, 900u);
}

TEST(BenchLoad, AServerThatClosesAfterEachFewRequestsIsConnectedToAgain) {
  FakeServer server;
  server.keep_alive_max(5);
  const LoadResult load = run_load({}, requests(server, 100), {});
  EXPECT_EQ(load.total.good, 100u);
  EXPECT_EQ(server.requests, 100u);
  EXPECT_GE(load.total.reconnects, 16u);
}

TEST(BenchLoad, ReadsAddUpTheValues) {
  FakeServer server;
  LoadOptions options = requests(server, 10);
  options.sum_values = options.sequential_keys = true;
  EXPECT_EQ(run_load({.keys = 10, .read = true}, options, {}).total.value_sum, 70u);
}

TEST(BenchLoad, AnAbsentCounterReadsAsZero) {
  FakeServer server;
  server.absent = true;
  LoadOptions options = requests(server, 10);
  options.sum_values = true;
  const LoadResult load = run_load({.read = true}, options, {});
  EXPECT_EQ(load.total.value_sum, 0u);
  EXPECT_EQ(load.total.good, 10u);
}

TEST(BenchLoad, ATickThatSaysNoEndsTheRun) {
  FakeServer server;
  LoadOptions options = requests(server, 1'000'000'000);
  const LoadResult load =
      run_load({}, options, [](std::uint64_t answered, double) { return answered == 0; });
  EXPECT_GT(load.total.good, 0u);
  EXPECT_EQ(load.total.good, load.total.sent);
}

TEST(BenchLoad, NobodyListeningIsAnError) {
  const auto nobody = sim::FreePort::any().value();
  LoadOptions options{.servers = {*resolve("127.0.0.1", nobody.number())}};
  options.requests = 1;
  EXPECT_NE(run_load({}, options, {}).error.find("refused"), std::string::npos);
}

}  // namespace
}  // namespace dcount::cli::bench
