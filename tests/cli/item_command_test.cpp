// `dcount item`, but for loads of lines, with the real binary against a fake server.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/client/fake_server.h"
#include "tests/support/run_dcount.h"

namespace dcount::test {
namespace {

class ItemCommand : public testing::Test {
 protected:
  Ran run(std::vector<std::string> arguments, RunOptions options = {}) {
    options.environment.try_emplace("DCOUNT_SERVER", server.url());
    options.environment.try_emplace("DCOUNT_RETRY_TIME", "0");
    arguments.insert(arguments.begin(), "item");
    return place.run(arguments, options);
  }
  void add_numbered(int count) {
    std::string lines;
    for (int i = 0; i < count; ++i) lines += "{\"id\":\"" + std::to_string(i) + "\"}\n";
    ASSERT_EQ(run({"add", "t"}, {.input = lines}).status, 0);
  }

  FakeServer server;
  Workplace place;
};

TEST_F(ItemCommand, AddSaysHowManyWereNew) {
  EXPECT_EQ(run({"add", "t", "a", "b", "a"}).out, "2 of 3 items new\n");
  EXPECT_EQ(run({"add", "t", "b", "c", "--json"}).out,
            "{\"tenant\":\"t\",\"items\":2,\"new\":1}\n");
  EXPECT_EQ(server.items("t"), (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(ItemCommand, IdsMayLookLikeOptionsAndCommands) {
  EXPECT_EQ(run({"add", "add", "list", "-5", "{}"}).status, 0);
  EXPECT_EQ(run({"add", "add", "--", "--json", "count"}).status, 0);
  EXPECT_EQ(server.items("add"), (std::vector<std::string>{"list", "-5", "{}", "--json", "count"}));
}

TEST_F(ItemCommand, IdThatTheParserWouldMistakeIsRefused) {
  for (const char* id : {"[a,b]", "++", "[]"}) {
    Ran ran = run({"add", "t", "x", id});
    EXPECT_EQ(ran.status, 2) << id;
    EXPECT_NE(ran.err.find("in a JSON line"), std::string::npos) << ran.err;
    EXPECT_EQ(run({"add", "t", id}).status, 2) << id;
  }
  EXPECT_EQ(run({"add", "t", "x", "--", "y"}).status, 2);
  EXPECT_EQ(run({"add", "t", "x", "--", "--json"}).status, 2);
  EXPECT_TRUE(server.seen().empty());
}

TEST_F(ItemCommand, IdsAndOptionsOfLinesExcludeEachOther) {
  for (const char* option : {"--from", "--state"}) {
    EXPECT_EQ(run({"add", "t", "a", option, "file"}).status, 2) << option;
  }
  EXPECT_EQ(run({"add", "t", "a", "--chunk", "5"}).status, 2);
  EXPECT_TRUE(server.seen().empty());
}

TEST_F(ItemCommand, MoreIdsThanARequestHoldsGoInSeveral) {
  std::vector<std::string> words{"add", "t"};
  for (int i = 0; i < 10'001; ++i) words.push_back(std::to_string(i));
  EXPECT_EQ(run(words).out, "10001 of 10001 items new\n");
  EXPECT_EQ(server.seen().size(), 2u);
}

TEST_F(ItemCommand, UnknownOutcomeNeedsNoKey) {
  server.fail_next({.lose_answer = true});
  Ran ran = run({"add", "t", "a"});
  EXPECT_EQ(ran.status, 8);
  EXPECT_NE(ran.err.find("repeating the command counts nothing twice"), std::string::npos)
      << ran.err;
  EXPECT_EQ(ran.err.find("idempotency"), std::string::npos) << ran.err;
  EXPECT_EQ(run({"add", "t", "a"}).out, "0 of 1 items new\n");
}

TEST_F(ItemCommand, CountIsANumber) {
  run({"add", "a/b c", "x", "y"});
  EXPECT_EQ(run({"count", "a/b c"}).out, "2\n");
  EXPECT_EQ(run({"count", "a/b c", "--json"}).out, "{\"tenant\":\"a/b c\",\"count\":2}\n");
  EXPECT_EQ(run({"count", "nobody"}).out, "0\n");
}

TEST_F(ItemCommand, ListEndsAtItsLimitAndSaysHowToGoOn) {
  add_numbered(250);
  Ran ran = run({"list", "t"});
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 100);
  EXPECT_EQ(ran.err, "there are more: --cursor 100, or --all\n");
  ran = run({"list", "t", "--limit", "2", "--cursor", "100"});
  EXPECT_EQ(ran.out, "100\n101\n");
  ran = run({"list", "t", "--limit", "2", "--json"});
  EXPECT_EQ(ran.out, "{\"id\":\"0\",\"tenant\":\"t\"}\n{\"id\":\"1\",\"tenant\":\"t\"}\n");
  EXPECT_EQ(ran.err, "{\"next\":\"2\"}\n");
  EXPECT_EQ(run({"list", "t", "--limit", "250"}).err, "");
  EXPECT_EQ(run({"list", "t", "--limit", "0"}).status, 2);
  EXPECT_EQ(run({"list", "t", "--limit", "5", "--all"}).status, 2);
}

TEST_F(ItemCommand, LongListsArePagedToTheEnd) {
  add_numbered(2345);
  Ran ran = run({"list", "t", "--all"});
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 2345);
  EXPECT_EQ(ran.err, "");
  ran = run({"list", "t", "--limit", "1500"});
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 1500);
}

TEST_F(ItemCommand, IdThatIsNoPlainLineIsListedAsJson) {
  run({"add", "t", "plain \\ Zoë 🦊", "two\nlines", "\x1b[31m", "\"quoted\"", "\xc2\x9b",
       "\x7f"});
  EXPECT_EQ(run({"list", "t"}).out,
            "plain \\ Zoë 🦊\n"
            "\"two\\nlines\"\n"
            "\"\\u001b[31m\"\n"
            "\"\\\"quoted\\\"\"\n"
            "\"\\u009b\"\n"
            "\"\\u007f\"\n");
}

TEST_F(ItemCommand, JsonListCanBeAddedElsewhere) {
  run({"add", "t", "plain", "two\nlines", "\"quoted\"", "🦊\x7f"});
  Ran listed = run({"list", "t", "--all", "--json"});
  FakeServer other;
  RunOptions options{.input = listed.out};
  options.environment["DCOUNT_SERVER"] = other.url();
  EXPECT_EQ(run({"add"}, options).status, 0);
  EXPECT_EQ(other.items("t"), server.items("t"));
}

TEST_F(ItemCommand, SlipsSayWhatWasMeant) {
  EXPECT_NE(run({"cuont", "t"}).err.find("did you mean 'count'?"), std::string::npos);
  EXPECT_NE(run({"add", "--sate", "x"}).err.find("did you mean '--state'?"), std::string::npos);
  EXPECT_EQ(run({"count"}).status, 2);
  EXPECT_EQ(run({"count", ""}).status, 2);
  EXPECT_EQ(run({"list", ""}).status, 2);
}

}  // namespace
}  // namespace dcount::test
