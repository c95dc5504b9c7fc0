// What README promises, with the real binary on both sides.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/e2e/live_server.h"
#include "tests/support/raw_http.h"

namespace dcount {
namespace {

using test::LiveServer;
using test::Ran;

struct Tour : testing::Test {
  Ran run(std::vector<std::string> arguments) {
    return server.place().run(arguments, {.environment = {{"DCOUNT_SERVER", server.url()}}});
  }

  LiveServer server;
};

TEST_F(Tour, CountsFromTheCommandLine) {
  EXPECT_EQ(run({"counter", "create", "views", "home"}).status, 0);
  EXPECT_EQ(run({"counter", "add", "views", "home", "5"}).status, 0);
  const Ran got = run({"counter", "get", "views", "home", "--json"});
  EXPECT_EQ(nlohmann::json::parse(got.out)["n"], 5);
  EXPECT_EQ(run({"counter", "get", "views", "none"}).status, 3);
  EXPECT_EQ(run({"counter", "add", "views", "home", "5", "--max", "7"}).status, 4);
  EXPECT_EQ(run({"counter", "reset", "views", "home"}).status, 0);
  EXPECT_EQ(run({"counter", "delete", "views", "home"}).status, 0);
}

TEST_F(Tour, DumpsAndRestores) {
  run({"counter", "add", "views", "home", "5", "--create"});
  ASSERT_EQ(run({"dump", "all.jsonl"}).status, 0);
  EXPECT_EQ(run({"restore", "all.jsonl"}).status, 4) << "there are records";
  run({"counter", "add", "views", "home", "5"});
  EXPECT_EQ(run({"restore", "all.jsonl", "--force"}).status, 0);
  EXPECT_EQ(nlohmann::json::parse(run({"counter", "get", "views", "home", "--json"}).out)["n"], 5);
}

TEST_F(Tour, BatchesFromAFile) {
  server.place().write("ops.json", R"({"ops":[{"add":"a/x","n":3,"create":true},
                                             {"add":"a/y","n":4,"create":true}]})");
  EXPECT_EQ(run({"batch", "ops.json"}).status, 0);
  EXPECT_EQ(nlohmann::json::parse(run({"counter", "get", "a", "y", "--json"}).out)["n"], 4);
}

TEST_F(Tour, BenchCountsWhatItSaysItCounted) {
  const Ran bench = run(
      {"bench", "--requests", "2000", "--connections", "8", "--keys", "10", "--verify", "--json"});
  EXPECT_EQ(bench.status, 0) << bench.err;
}

TEST_F(Tour, ATerminatedServerAnswersWhatIsInFlightAndExitsWithZero) {
  test::RawHttp connection(server.port());
  connection.send(test::post("/cnt/a/x?create=true", ""));
  EXPECT_EQ(connection.read_answer()->status, 200);
  EXPECT_EQ(server.stop().status, 0);
  server.start();
  EXPECT_EQ(nlohmann::json::parse(run({"counter", "get", "a", "x", "--json"}).out)["n"], 1);
}

TEST_F(Tour, ASecondServerOnTheSamePortOrDirectoryIsAClearError) {
  const Ran port = run({"server", "--listen", server.url().substr(7), "--data", "other"});
  EXPECT_EQ(port.status, 1);
  EXPECT_NE(port.err.find(std::to_string(server.port())), std::string::npos) << port.err;
  const Ran directory =
      run({"server", "--listen", "127.0.0.1:0", "--data", server.data_directory()});
  EXPECT_EQ(directory.status, 1);
  EXPECT_NE(directory.err.find("in use"), std::string::npos) << directory.err;
}

}  // namespace
}  // namespace dcount
