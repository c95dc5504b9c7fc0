// `dcount item add` of JSON lines: chunks, progress, and going on after it broke off. The real
// binary against a fake server.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "tests/client/fake_server.h"
#include "tests/support/run_dcount.h"

namespace dcount::test {
namespace {

class ItemLoad : public testing::Test {
 protected:
  RunOptions with_server(RunOptions options = {}) {
    options.environment.try_emplace("DCOUNT_SERVER", server.url());
    options.environment.try_emplace("DCOUNT_RETRY_TIME", "0");
    return options;
  }
  Ran add(std::vector<std::string> arguments, RunOptions options = {}) {
    arguments.insert(arguments.begin(), {"item", "add"});
    return place.run(arguments, with_server(std::move(options)));
  }
  /// With a state, in chunks of a hundred.
  Ran add_file() { return add(load_words); }

  static std::string lines(int count, int first = 0) {
    std::string text;
    for (int i = first; i < first + count; ++i) {
      text += "{\"id\":\"" + std::to_string(i) + "\",\"tenant\":\"t\"}\n";
    }
    return text;
  }
  Json state() { return Json::parse(place.read("state")); }
  /// Each once, in their order.
  void expect_exactly(int count) {
    auto ids = server.items("t");
    ASSERT_EQ(ids.size(), static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) ASSERT_EQ(ids[static_cast<std::size_t>(i)], std::to_string(i));
  }

  const std::vector<std::string> load_words{"--from", "items",   "--state",
                                            "state",  "--chunk", "100"};
  FakeServer server;
  Workplace place;
};

TEST_F(ItemLoad, LinesComeFromStandardInputOrAFile) {
  Ran ran = add({}, {.input = lines(3)});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_TRUE(ran.out.starts_with("3 lines read, 3 items new, ")) << ran.out;
  EXPECT_EQ(ran.err, "");
  place.write("items", lines(5));
  EXPECT_TRUE(add({"--from", "items"}).out.starts_with("5 lines read, 2 items new, "));
  expect_exactly(5);
}

TEST_F(ItemLoad, JsonSaysTheSameAsADocument) {
  Json document = Json::parse(add({"--json"}, {.input = "\n" + lines(3) + lines(1)}).out);
  EXPECT_EQ(document["lines"], 5);
  EXPECT_EQ(document["items"], 4);
  EXPECT_EQ(document["new"], 3);
  EXPECT_GE(document["seconds"], 0.0);
  EXPECT_GT(document["items_per_s"], 0);
}

TEST_F(ItemLoad, TenantOnTheLineIsThatOfLinesWithoutOne) {
  EXPECT_EQ(add({"acme"}, {.input = "{\"id\":\"a\"}\n{\"id\":\"b\",\"tenant\":\"own\"}\n"}).status,
            0);
  EXPECT_EQ(server.items("acme"), std::vector<std::string>{"a"});
  EXPECT_EQ(server.items("own"), std::vector<std::string>{"b"});
}

TEST_F(ItemLoad, ChunksHoldAsManyItemsAsAsked) {
  EXPECT_EQ(add({"--chunk", "400"}, {.input = lines(1000)}).status, 0);
  std::vector<std::size_t> sizes;
  std::set<std::string> keys;
  for (auto& seen : server.seen()) {
    sizes.push_back(Json::parse(seen.body).size());
    keys.insert(seen.key);
  }
  EXPECT_EQ(sizes, (std::vector<std::size_t>{400, 400, 200}));
  EXPECT_EQ(keys.size(), 3u);
  expect_exactly(1000);
  for (const char* chunk : {"0", "10001", "-1", "x"}) {
    EXPECT_EQ(add({"--chunk", chunk}).status, 2) << chunk;
  }
}

TEST_F(ItemLoad, NothingToAddIsDoneWithoutAServer) {
  for (const char* input : {"", "\n\n"}) {
    Ran ran = add({}, {.input = input});
    EXPECT_EQ(ran.status, 0) << ran.err;
    EXPECT_NE(ran.out.find(" 0 items new"), std::string::npos) << ran.out;
  }
  EXPECT_TRUE(server.seen().empty());
}

TEST_F(ItemLoad, WrongLineStopsBeforeItsChunk) {
  Ran ran = add({"--chunk", "3"}, {.input = lines(7) + "wrong\n" + lines(100, 7)});
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.out, "");
  EXPECT_NE(ran.err.find("line 8 is not an item like"), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find("Lines that are in: 6, items that were new: 6"), std::string::npos)
      << ran.err;
  expect_exactly(6);
  Json error = Json::parse(add({"--json"}, {.input = "wrong"}).err)["error"];
  EXPECT_EQ(error["exit_code"], 1);
  EXPECT_EQ(error["lines"], 0);
}

TEST_F(ItemLoad, RefusedChunkSaysWhichLines) {
  server.fail_next({.status = 403});
  Ran ran = add({"--chunk", "3"}, {.input = lines(3)});
  EXPECT_EQ(ran.status, 5);
  EXPECT_NE(ran.err.find("(lines 1 to 3)"), std::string::npos) << ran.err;
}

TEST_F(ItemLoad, MissingInputIsAnError) {
  EXPECT_EQ(add({"--from", "none"}).status, 1);
  EXPECT_EQ(add({"--from", "."}).status, 1);
  EXPECT_TRUE(server.seen().empty());
}

TEST_F(ItemLoad, ProgressOnATerminalShowsItemsAndBytes) {
  place.write("items", lines(1000));
  server.fail_next({.status = 503}, 6);  // long enough to be drawn
  RunOptions options{.terminal = true};
  options.environment["DCOUNT_RETRY_TIME"] = "30";
  Ran ran = add({"--from", "items", "--chunk", "100"}, options);
  EXPECT_EQ(ran.status, 0) << ran.out;
  EXPECT_TRUE(std::regex_search(
      ran.out, std::regex(R"(\[=+ *\] [0-9.]+ KiB of 25.3 KiB, [0-9]+ items, [0-9.k]+/s)")))
      << ran.out;
}

TEST_F(ItemLoad, StateSaysWhatIsDoneAndARepeatedRunDoesNothing) {
  place.write("items", lines(250));
  Ran ran = add_file();
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(state()["done"], true);
  EXPECT_EQ(state()["lines"], 250);
  std::size_t requests = server.seen().size();
  ran = add_file();
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.out, "all of it was added before: 250 lines, 250 items new\n");
  EXPECT_EQ(server.seen().size(), requests);
  auto words = load_words;
  words.push_back("--json");
  Json document = Json::parse(add(words).out);
  EXPECT_EQ(document["lines"], 0);
  EXPECT_EQ(document["state"]["lines"], 250);
  EXPECT_EQ(document["state"]["done"], true);
}

TEST_F(ItemLoad, BrokenOffLoadGoesOnWithoutCountingTwice) {
  place.write("items", lines(1000));
  server.fail_next({}, 5);
  server.fail_next({.lose_answer = true});  // added, and nobody knows
  Ran ran = add_file();
  EXPECT_EQ(ran.status, 8) << ran.err;
  EXPECT_NE(ran.err.find("repeat the command with the same --state state"), std::string::npos);
  EXPECT_EQ(ran.err.find("idempotency"), std::string::npos) << ran.err;
  EXPECT_EQ(state()["done"], false);
  EXPECT_EQ(state()["lines"], 500);

  std::size_t requests = server.seen().size();
  ran = add_file();
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_TRUE(ran.out.starts_with("500 lines read, 500 items new, ")) << ran.out;
  EXPECT_NE(ran.out.find("(in all runs: 1000 lines, 1000 items new)"), std::string::npos);
  EXPECT_EQ(server.seen().size() - requests, 5u);
  expect_exactly(1000);
}

TEST_F(ItemLoad, LoadWithoutAStateStartsAgainAndCountsOnce) {
  server.fail_next({}, 3);
  server.fail_next({.lose_answer = true});
  Ran ran = add({"--chunk", "100"}, {.input = lines(1000)});
  EXPECT_EQ(ran.status, 8);
  EXPECT_NE(ran.err.find("repeat the command: what is in counts once"), std::string::npos);
  EXPECT_EQ(add({}, {.input = lines(1000)}).status, 0);
  expect_exactly(1000);
}

TEST_F(ItemLoad, StandardInputGoesOnAsWell) {
  server.fail_next({}, 5);
  server.fail_next({.lose_answer = true});
  EXPECT_EQ(add({"--state", "state", "--chunk", "100"}, {.input = lines(1000)}).status, 8);
  EXPECT_EQ(add({"--state", "state", "--chunk", "100"}, {.input = lines(1000)}).status, 0);
  EXPECT_EQ(state()["new"], 1000);
  expect_exactly(1000);
}

TEST_F(ItemLoad, KilledLoadGoesOnWithoutCountingTwice) {
  place.write("items", lines(5000));
  {
    std::vector<std::string> words{"item", "add"};
    words.insert(words.end(), load_words.begin(), load_words.end());
    Running running(place, words, with_server());
    while (server.seen().size() < 5) std::this_thread::yield();
  }  // kill -9
  EXPECT_EQ(add_file().status, 0);
  EXPECT_EQ(state()["lines"], 5000);
  EXPECT_EQ(state()["new"], 5000);
  expect_exactly(5000);
}

TEST_F(ItemLoad, InterruptedLoadSaysHowToGoOn) {
  place.write("items", lines(1000));
  server.fail_always({.status = 503});
  std::vector<std::string> words{"item", "add", "--retry-time", "60"};
  words.insert(words.end(), load_words.begin(), load_words.end());
  Running running(place, words, with_server());
  while (server.seen().empty()) std::this_thread::yield();
  running.signal(SIGINT);
  server.heal();
  Ran ran = running.wait();
  EXPECT_EQ(ran.status, 130);
  EXPECT_NE(ran.err.find("with the same --state state"), std::string::npos) << ran.err;
  EXPECT_LT(state()["lines"], 1000);
  EXPECT_EQ(add_file().status, 0);
  EXPECT_EQ(state()["new"], 1000);
  expect_exactly(1000);
}

TEST_F(ItemLoad, InterruptionDoesNotWaitForInput) {
  Running running(place, {"item", "add"}, with_server({.terminal = true}));
  ASSERT_TRUE(running.wait_for_output("Ctrl-D ends them"));
  running.signal(SIGINT);
  Ran ran = running.wait();
  EXPECT_EQ(ran.status, 130);
  EXPECT_NE(ran.out.find("Lines that are in: 0"), std::string::npos) << ran.out;
}

TEST_F(ItemLoad, LineThatWasMendedIsReadOnTheNextRun) {
  place.write("items", lines(250) + "wrong\n" + lines(250, 250));
  EXPECT_EQ(add_file().status, 1);
  EXPECT_EQ(state()["lines"], 200);
  place.write("items", lines(500));
  Ran ran = add_file();
  EXPECT_TRUE(ran.out.starts_with("300 lines read, 300 items new, ")) << ran.out << ran.err;
  expect_exactly(500);
}

TEST_F(ItemLoad, ChunkThatHasChangedSinceIsSentUnderAnotherKey) {
  std::string text = lines(300);
  place.write("items", text);
  server.fail_next({});
  server.fail_next({.lose_answer = true});
  EXPECT_EQ(add_file().status, 8);
  text.replace(text.find("\"150\""), 5, "\"new\"");
  place.write("items", text);
  EXPECT_EQ(add_file().status, 0);
  auto ids = server.items("t");
  EXPECT_EQ(std::count(ids.begin(), ids.end(), "new"), 1);
}

TEST_F(ItemLoad, InputThatHasGrownIsReadOn) {
  place.write("items", lines(250));
  add_file();
  place.write("items", lines(400));
  Ran ran = add_file();
  EXPECT_TRUE(ran.out.starts_with("150 lines read, 150 items new, ")) << ran.out << ran.err;
  EXPECT_EQ(state()["done"], true);
}

TEST_F(ItemLoad, StateOfAnotherLoadIsRefused) {
  place.write("items", lines(250));
  add_file();
  std::string before = place.read("state");
  std::size_t requests = server.seen().size();
  auto refused = [&](const Ran& ran, const std::string& what) {
    EXPECT_EQ(ran.status, 1);
    EXPECT_NE(ran.err.find("is the state of a load of another " + what), std::string::npos)
        << ran.err;
    EXPECT_EQ(place.read("state"), before);
    EXPECT_EQ(server.seen().size(), requests);
  };
  auto words = load_words;
  words.insert(words.begin(), "tenant");
  refused(add(words), "server or tenant");
  RunOptions elsewhere;
  elsewhere.environment["DCOUNT_SERVER"] = "http://127.0.0.1:1";
  refused(add(load_words, elsewhere), "server or tenant");
  std::string changed = lines(250);
  changed[8] = 'x';
  for (const std::string& other : {changed, lines(249), lines(250, 1), std::string()}) {
    place.write("items", other);
    refused(add_file(), "input");
  }
}

TEST_F(ItemLoad, FileThatIsNoStateIsSpared) {
  place.write("items", lines(10));
  place.write("state", "precious");
  EXPECT_EQ(add_file().status, 1);
  EXPECT_EQ(place.read("state"), "precious");
  EXPECT_TRUE(server.seen().empty());
}

TEST_F(ItemLoad, StateThatCannotBeWrittenStopsBeforeTheFirstChunk) {
  Ran ran = add({"--state", "none/state"}, {.input = lines(10)});
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.err.find("cannot write none/state"), std::string::npos) << ran.err;
  EXPECT_TRUE(server.seen().empty());
}

}  // namespace
}  // namespace dcount::test
