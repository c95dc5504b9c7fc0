// The real binary against a fake server: what it prints, where, and how it exits.
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/client/fake_server.h"
#include "tests/support/run_dcount.h"

namespace dcount::test {
namespace {

using Json = nlohmann::json;

class CommandLine : public testing::Test {
 protected:
  Ran run(std::vector<std::string> arguments, RunOptions options = {}) {
    options.environment.try_emplace("DCOUNT_SERVER", server.url());
    options.environment.try_emplace("DCOUNT_RETRY_TIME", "0");
    return place.run(arguments, options);
  }

  FakeServer server;
  Workplace place;
};

TEST_F(CommandLine, AddPrintsTheNewValueAndNothingElse) {
  Ran ran = run({"counter", "add", "views", "home", "5", "--create"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.out, "5\n");
  EXPECT_EQ(ran.err, "");
}

TEST_F(CommandLine, NegativeNumbersAreValues) {
  server.set("views/home", 100);
  EXPECT_EQ(run({"counter", "add", "views", "home", "-5"}).out, "95\n");
  EXPECT_EQ(run({"counter", "add", "views", "home", "--", "-5"}).out, "90\n");
  EXPECT_EQ(run({"counter", "add", "views", "home", "--n=-5"}).out, "85\n");
  EXPECT_EQ(run({"counter", "add", "views", "home", "--n", "-5"}).out, "80\n");
  EXPECT_EQ(run({"counter", "add", "views", "home", "-5", "--max", "-1000"}).status, 4);
}

TEST_F(CommandLine, ExtremesOfInteger64AreExact) {
  Ran ran = run({"counter", "add", "c", "x", "--create", "9223372036854775807"});
  EXPECT_EQ(ran.out, "9223372036854775807\n");
  ran = run({"counter", "add", "c", "y", "--create", "--json", "-9223372036854775808"});
  EXPECT_EQ(Json::parse(ran.out)["n"].get<std::int64_t>(), INT64_MIN);
}

TEST_F(CommandLine, WhatIsNoIntegerIsAUsageError) {
  for (const char* n : {"0x5", "5.0", "five", "9223372036854775808", "", "+"}) {
    Ran ran = run({"counter", "add", "c", "x", n});
    EXPECT_EQ(ran.status, 2) << n;
    EXPECT_EQ(ran.out, "");
  }
  EXPECT_TRUE(server.seen().empty());
}

TEST_F(CommandLine, CounterNamedLikeACommandIsACounter) {
  server.set("server/dump", 7);
  EXPECT_EQ(run({"counter", "get", "server", "dump"}).out, "7\n");
  server.set("counter/get", 8);
  EXPECT_EQ(run({"counter", "get", "counter", "get"}).out, "8\n");
  EXPECT_EQ(run({"counter", "create", "c", "version"}).out, "version\n");
  EXPECT_EQ(run({"counter", "list", "server", "--json"}).out,
            "{\"collection\":\"server\",\"id\":\"dump\",\"n\":7,\"version\":1}\n");
}

TEST_F(CommandLine, GlobalOptionsMayStandAnywhere) {
  server.set("c/x", 7);
  for (auto& arguments :
       std::vector<std::vector<std::string>>{{"--json", "counter", "get", "c", "x"},
                                             {"counter", "--json", "get", "c", "x"},
                                             {"counter", "get", "c", "x", "--json"}}) {
    EXPECT_EQ(Json::parse(run(arguments).out)["n"], 7);
  }
}

TEST_F(CommandLine, EveryCounterCommandAnswersInJson) {
  EXPECT_EQ(Json::parse(run({"counter", "create", "c", "x", "--n", "3", "--json"}).out)["created"],
            true);
  EXPECT_EQ(Json::parse(run({"counter", "add", "c", "x", "--json"}).out)["n"], 4);
  EXPECT_EQ(Json::parse(run({"counter", "get", "c", "x", "--json"}).out)["version"], 2);
  EXPECT_EQ(Json::parse(run({"counter", "reset", "c", "x", "--json"}).out)["n"], 0);
  EXPECT_EQ(Json::parse(run({"counter", "list", "--json"}).out)["id"], "x");
  EXPECT_EQ(Json::parse(run({"counter", "delete", "c", "x", "--json"}).out)["deleted"], true);
  EXPECT_EQ(Json::parse(run({"counter", "delete", "c", "x", "--json"}).out)["deleted"], false);
  EXPECT_TRUE(Json::parse(run({"version", "--json"}).out).contains("version"));
}

TEST_F(CommandLine, CreatePrintsTheIdForScripts) {
  EXPECT_EQ(run({"counter", "create", "c"}).out, "made-up-1\n");
  EXPECT_EQ(run({"counter", "create", "c", "x"}).out, "x\n");
  Ran again = run({"counter", "create", "c", "x"});
  EXPECT_EQ(again.out, "x\n");
  EXPECT_EQ(again.err, "c/x was there already, at 0\n");
}

TEST_F(CommandLine, ListIsATableForPeople) {
  server.set("c/x", 7);
  server.set("c/longer", -12);
  EXPECT_EQ(run({"counter", "list", "c"}).out,
            "COUNTER     N  VERSION\n"
            "c/longer  -12        1\n"
            "c/x         7        1\n");
}

TEST_F(CommandLine, LongListsArePagedToTheEnd) {
  for (int i = 0; i < 2345; ++i) server.set("c/" + std::to_string(i), i);
  Ran ran = run({"counter", "list", "c", "--json"});
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 2345);
  ran = run({"counter", "list", "c", "--json", "--limit", "1500"});
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 1500);
}

TEST_F(CommandLine, EveryStatusHasItsExitCode) {
  const std::vector<std::pair<int, int>> codes{
      {400, 1}, {405, 1}, {413, 1}, {415, 1}, {422, 1}, {431, 1}, {404, 3}, {410, 3},
      {409, 4}, {412, 4}, {401, 5}, {403, 5}, {429, 6}, {507, 6}, {503, 7}, {504, 8}};
  for (auto [status, code] : codes) {
    server.fail_next({.status = status, .code = "why"});
    Ran ran = run({"counter", "add", "c", "x"});
    EXPECT_EQ(ran.status, code) << status;
    EXPECT_EQ(ran.out, "");
    EXPECT_NE(ran.err.find("because of why"), std::string::npos) << ran.err;
  }
}

TEST_F(CommandLine, NobodyThereIsUnavailable) {
  EXPECT_EQ(run({"counter", "get", "c", "x", "--server", "http://127.0.0.1:1"}).status, 7);
}

TEST_F(CommandLine, SeveralServersFailOver) {
  server.set("c/x", 7);
  RunOptions options;
  options.environment["DCOUNT_RETRY_TIME"] = "5";
  Ran ran =
      run({"counter", "add", "c", "x", "--server", "http://127.0.0.1:1," + server.url()}, options);
  EXPECT_EQ(ran.out, "8\n");
}

TEST_F(CommandLine, UnknownOutcomePrintsTheKeyThatFinishesIt) {
  server.set("c/x", 0);
  server.fail_next({.lose_answer = true});
  Ran ran = run({"counter", "add", "c", "x", "5", "--json"});
  EXPECT_EQ(ran.status, 8);
  auto key = Json::parse(ran.err)["error"]["idempotency_key"].get<std::string>();
  Ran again = run({"counter", "add", "c", "x", "5", "--idempotency-key", key});
  EXPECT_EQ(again.out, "5\n");
  EXPECT_EQ(server.value("c/x"), 5);

  server.fail_next({.lose_answer = true});
  ran = run({"counter", "add", "c", "x", "5"});
  EXPECT_NE(ran.err.find("--idempotency-key " + server.seen().back().key), std::string::npos);
}

TEST_F(CommandLine, ErrorsInJsonAreOneDocumentOnStderr) {
  Ran ran = run({"counter", "get", "c", "missing", "--json"});
  EXPECT_EQ(ran.out, "");
  Json error = Json::parse(ran.err)["error"];
  EXPECT_EQ(error["exit_code"], 3);
  EXPECT_EQ(error["status"], 404);
  EXPECT_EQ(error["code"], "not_found");
  EXPECT_EQ(Json::parse(run({"--json", "gett"}).err)["error"]["exit_code"], 2);
}

TEST_F(CommandLine, WrongWordsSayWhatWasMeant) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> slips{
      {{"counter", "gett", "c", "x"}, "did you mean 'get'?"},
      {{"conter", "get", "c", "x"}, "did you mean 'counter'?"},
      {{"get", "c", "x"}, "did you mean 'dcount counter get'?"},
      {{"gett", "c", "x"}, "did you mean 'dcount counter get'?"},
      {{"counter", "get", "c", "x", "--jsno"}, "did you mean '--json'?"},
      {{"counter", "add", "c", "x", "--creat"}, "did you mean '--create'?"},
      {{"counter", "add", "--if-versoin=3", "c", "x"}, "did you mean '--if-version'?"},
      {{"counter", "get", "c", "x", "y"}, "one value more"},
      {{"counter"}, "say which command: add, create, delete, get, list, reset"},
      {{}, "say which command"},
      {{"counter", "get", "c"}, "id is required"},
      {{"--server", "https://x", "counter", "list"}, "only http"}};
  for (auto& [arguments, words] : slips) {
    Ran ran = run(arguments);
    EXPECT_EQ(ran.status, 2);
    EXPECT_NE(ran.err.find(words), std::string::npos) << words << "\nin: " << ran.err;
    EXPECT_EQ(ran.out, "");
  }
  EXPECT_TRUE(server.seen().empty());
}

TEST_F(CommandLine, EveryCommandHasAnExampleInItsHelp) {
  std::vector<std::vector<std::string>> commands{
      {},          {"server"},      {"counter"},       {"counter", "create"}, {"counter", "add"},
      {"batch"},   {"dump"},        {"restore"},       {"counter", "get"},    {"counter", "reset"},
      {"version"}, {"completion"},  {"bench"},         {"counter", "delete"}, {"counter", "list"},
      {"item"},    {"item", "add"}, {"item", "count"}, {"item", "list"},      {"sequence"}};
  for (const char* name :
       {"next", "create", "show", "list", "delete", "reserve", "confirm", "release"}) {
    commands.push_back({"sequence", name});
  }
  for (auto arguments : commands) {
    arguments.push_back("--help");
    Ran ran = run(arguments);
    EXPECT_EQ(ran.status, 0);
    EXPECT_NE(ran.out.find("Example"), std::string::npos) << arguments.front();
    EXPECT_EQ(ran.err, "");
  }
}

TEST_F(CommandLine, NoColourWithoutATerminal) {
  server.set("c/x", 7);
  Ran listed = run({"counter", "list"});
  Ran failed = run({"counter", "get", "c", "y"});
  EXPECT_EQ((listed.out + listed.err + failed.out + failed.err).find('\033'), std::string::npos);
}

TEST_F(CommandLine, ColourOnATerminalUnlessNoColorIsSet) {
  server.set("c/x", 7);
  RunOptions options{.terminal = true};
  EXPECT_NE(run({"counter", "list"}, options).out.find("\033[1m"), std::string::npos);
  options.environment["NO_COLOR"] = "1";
  EXPECT_EQ(run({"counter", "list"}, options).out.find('\033'), std::string::npos);
}

TEST_F(CommandLine, ApiKeyComesFromAFileOrTheEnvironment) {
  place.write("key", "from-file\n");
  RunOptions options;
  run({"counter", "list", "--api-key-file", "key"}, options);
  EXPECT_EQ(server.seen().back().authorization, "Bearer from-file");
  options.environment["DCOUNT_API_KEY"] = "from-env";
  run({"counter", "list"}, options);
  EXPECT_EQ(server.seen().back().authorization, "Bearer from-env");
  run({"counter", "list", "--api-key-file", "key"}, options);
  EXPECT_EQ(server.seen().back().authorization, "Bearer from-file");
  EXPECT_EQ(run({"counter", "list", "--api-key-file", "none"}).status, 1);
  options.environment["DCOUNT_API_KEY"] = "a\r\nX-Evil: 1";
  EXPECT_EQ(run({"counter", "list"}, options).status, 1);
}

TEST_F(CommandLine, CtrlCExitsWith130) {
  // Nobody is there, so it goes on trying.
  RunOptions options;
  options.environment["DCOUNT_RETRY_TIME"] = "60";
  options.environment["DCOUNT_SERVER"] = server.url();
  server.fail_always({.status = 503});
  Running running(place, {"counter", "get", "c", "x"}, options);
  while (server.seen().empty()) std::this_thread::yield();
  running.signal(SIGINT);
  Ran ran = running.wait();
  EXPECT_EQ(ran.status, 130);
  EXPECT_EQ(ran.out, "");
}

TEST_F(CommandLine, ClosedPipeEndsALongOutputQuietly) {
  for (int i = 0; i < 5000; ++i) server.set("c/" + std::to_string(i), i);
  std::string line = "set -o pipefail; " + std::string(DCOUNT_BINARY) + " counter list --server " +
                     server.url() + " 2> " + (place.path() / "err").string() + " | head -1 > " +
                     (place.path() / "out").string();
  EXPECT_EQ(WEXITSTATUS(std::system(("bash -c '" + line + "'").c_str())), 1);
  EXPECT_EQ(place.read("err"), "");
}

TEST_F(CommandLine, FullDiskOnStdoutIsAnError) {
  server.set("c/x", 7);
  std::string line = std::string(DCOUNT_BINARY) + " counter get c x --server " + server.url() +
                     " > /dev/full 2> " + (place.path() / "err").string();
  int status = std::system(line.c_str());
  EXPECT_EQ(WEXITSTATUS(status), 1);
  EXPECT_EQ(place.read("err"), "dcount: cannot write standard output\n");
}

}  // namespace
}  // namespace dcount::test
