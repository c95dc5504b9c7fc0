// `dcount bench`, the real binary, against the client's fake server: exit codes and output.
#include <gtest/gtest.h>
#include <signal.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "tests/client/fake_server.h"
#include "tests/support/run_dcount.h"

namespace dcount::test {
namespace {

using Json = nlohmann::json;

class BenchCommand : public testing::Test {
 protected:
  Ran bench(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"bench", "--server", server.url(), "--connections", "4",
                                         "--fsync-samples", "3"});
    return place.run(arguments);
  }

  FakeServer server;
  Workplace place;
};

TEST_F(BenchCommand, EveryRequestIsOneIncrement) {
  const Ran ran = bench({"--requests", "200"});
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_EQ(server.value("bench/k0"), 200);
  EXPECT_EQ(server.seen().size(), 200u);
  EXPECT_NE(ran.out.find("200 good answers to 200 requests"), std::string::npos) << ran.out;
  EXPECT_EQ(ran.err, "");
}

TEST_F(BenchCommand, JsonIsOneDocumentWithTheDeviceBesideTheServer) {
  const Ran ran = bench({"--requests", "20", "--json"});
  const Json json = Json::parse(ran.out);
  EXPECT_EQ(json["good"], 20);
  EXPECT_GT(json["latency_us"]["p99"], 0);
  EXPECT_EQ(json["fdatasync_us"]["samples"], 3);
  EXPECT_TRUE(json["errors"].empty());
}

TEST_F(BenchCommand, PreloadTouchesEveryCounterOnce) {
  ASSERT_EQ(bench({"--preload", "--keys", "30", "--requests", "1", "--read"}).status, 0);
  EXPECT_EQ(server.value("bench/k00"), 1);
  EXPECT_EQ(server.value("bench/k29"), 1);
}

TEST_F(BenchCommand, VerifyAddsUpWhatWasThereBeforeToo) {
  server.set("bench/k3", 1'000);
  const Ran ran = bench(
      {"--keys", "10", "--requests", "50", "--warmup", "20ms", "--preload", "--verify", "--json"});
  const Json json = Json::parse(ran.out);
  EXPECT_EQ(ran.status, 0) << ran.out;
  EXPECT_TRUE(json["verification"]["holds"]);
  EXPECT_EQ(json["verification"]["grown"], json["verification"]["acknowledged"]);
}

TEST_F(BenchCommand, BatchesCountAllTheirIncrements) {
  const Ran ran = bench({"--batch", "10", "--requests", "5", "--preload", "--verify"});
  EXPECT_EQ(ran.status, 0) << ran.out;
  EXPECT_EQ(server.value("bench/k0"), 51);
}

TEST_F(BenchCommand, NumbersAreDrawnFromTheSequenceAndCountedAsNumbers) {
  const Ran ran = bench({"--draw", "forward", "--batch", "10", "--requests", "20", "--json"});
  const Json json = Json::parse(ran.out);
  EXPECT_EQ(ran.status, 0) << ran.out;
  EXPECT_EQ(json["good"], 20);
  EXPECT_DOUBLE_EQ(json["operations_per_s"], 10 * json["requests_per_s"].get<double>());
  EXPECT_EQ(server.seen().back().target, "/v2/forward?count=10");
}

TEST_F(BenchCommand, VerifyCountsTheItemsOfAllTenants) {
  const Ran ran = bench({"--items", "--keys", "3", "--batch", "10", "--requests", "20", "--warmup",
                         "20ms", "--verify", "--json"});
  const Json json = Json::parse(ran.out);
  EXPECT_EQ(ran.status, 0) << ran.out;
  EXPECT_TRUE(json["verification"]["holds"]);
  EXPECT_EQ(json["verification"]["grown"], json["verification"]["acknowledged"]);
}

TEST_F(BenchCommand, EveryKeyedRequestCarriesItsOwnKey) {
  ASSERT_EQ(bench({"--keyed", "--requests", "25"}).status, 0);
  EXPECT_EQ(server.value("bench/k0"), 25);  // the fake answers a repeated key from memory
}

TEST_F(BenchCommand, AnyErrorIsCountedAndExitsWithOne) {
  server.fail_next({.status = 503}, 2);
  const Ran ran = bench({"--requests", "20", "--json"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(Json::parse(ran.out)["errors"]["503"], 2);
  EXPECT_EQ(server.value("bench/k0"), 18);
}

TEST_F(BenchCommand, ALostAnswerIsSentButNotGood) {
  server.fail_next({.lose_answer = true});
  const Ran ran = bench({"--requests", "20", "--json"});
  const Json json = Json::parse(ran.out);
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(json["sent"], 20);
  EXPECT_EQ(json["good"], 19) << ran.out;
  EXPECT_EQ(server.value("bench/k0"), 20);
}

TEST_F(BenchCommand, NonsenseIsAUsageError) {
  EXPECT_EQ(bench({"--batch", "1001"}).status, 2);
  EXPECT_EQ(bench({"--requests", "5", "--duration", "1s"}).status, 2);
  EXPECT_EQ(bench({"--connections", "0"}).status, 2);
  EXPECT_EQ(server.seen().size(), 0u);
}

TEST_F(BenchCommand, SeveralServersShareTheLoad) {
  FakeServer other;
  const Ran ran = place.run({"bench", "--server", server.url() + "," + other.url(), "--requests",
                             "200", "--connections", "4", "--fsync-samples", "0", "--json"});
  const Json json = Json::parse(ran.out);
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_EQ(json["good"], 200);
  EXPECT_NE(json["server"].get<std::string>().find(','), std::string::npos) << json["server"];
  EXPECT_GT(server.value("bench/k0"), 0);
  EXPECT_EQ(server.value("bench/k0") + other.value("bench/k0"), 200);
}

TEST_F(BenchCommand, NobodyListeningIsUnavailable) {
  const Ran ran = place.run({"bench", "--server", "127.0.0.1:1", "--requests", "1"});
  EXPECT_EQ(ran.status, 7);
  EXPECT_NE(ran.err.find("refused"), std::string::npos) << ran.err;
}

TEST_F(BenchCommand, CtrlCPrintsWhatWasMeasuredSoFar) {
  Running running(place, {"bench", "--server", server.url(), "--connections", "1", "--duration",
                          "60s", "--fsync-samples", "0"});
  while (server.seen().size() < 5) std::this_thread::yield();
  running.signal(SIGINT);
  const Ran ran = running.wait();
  EXPECT_EQ(ran.status, 130);
  EXPECT_NE(ran.out.find("interrupted"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("p50"), std::string::npos) << ran.out;
}

}  // namespace
}  // namespace dcount::test
