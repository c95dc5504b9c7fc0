// `dcount mirror`: the real binary, against a server that sends what the test says.
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/mirror/scripted_feed.h"
#include "tests/mirror/sqlite_reader.h"
#include "tests/support/run_dcount.h"

namespace dcount::test {
namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

class Mirror : public testing::Test {
 protected:
  Words words(Words more, const std::string& path = "/servers") {
    Words all{"mirror", feed.url(path), "--into", "m.sqlite", "--table", "servers"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  Ran once(Words more = {}, const std::string& path = "/servers") {
    more.emplace_back("--once");
    return place.run(words(std::move(more), path));
  }
  std::string file() const { return (place.path() / "m.sqlite").string(); }
  Words ids() {
    return query(file(), "SELECT id, updated_at, deleted_at FROM servers ORDER BY id");
  }
  /// False when a minute has passed without.
  bool wait_for(const std::string& sql, const std::string& value) {
    auto until = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (query_value(file(), sql) != value) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
  }
  bool wait_for_rows(int count) {
    return wait_for("SELECT count(*) FROM servers", std::to_string(count));
  }

  ScriptedFeed feed;
  Workplace place;
};

const std::string two = server_record(123, 999) + "\n" + server_record(124, 1000, true) + "\n";

TEST_F(Mirror, OnceFetchesAFiniteFeed) {
  feed.next([](FeedConnection& connection) { connection.send(answer(two)); });
  Ran ran = once();
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out, "2 records, 2 of them news; it goes on from updated_at 1000\n");
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(ids(), (Words{"123|999|-", "124|1000|1000"}));
  EXPECT_EQ(feed.targets(), Words{"/servers?since=0&follow=false"});
}

TEST_F(Mirror, OnceGoesOnWhereItStopped) {
  feed.otherwise([](FeedConnection& connection) { connection.send(answer(two)); });
  once();
  Ran ran = once({"--json"});
  EXPECT_EQ(Json::parse(ran.out), Json({{"records", 2}, {"changed", 0}, {"since", 1000}}));
  EXPECT_EQ(feed.targets().back(), "/servers?since=1000&follow=false");
}

TEST_F(Mirror, QueriesOfTheUrlAreKept) {
  feed.otherwise([](FeedConnection& connection) { connection.send(answer(two)); });
  once({}, "/servers?zone=a%2Fb");
  EXPECT_EQ(feed.targets().back(), "/servers?zone=a%2Fb&since=0&follow=false");
}

TEST_F(Mirror, OnceLeavesAFeedThatOnlyFallsSilent) {
  feed.next([](FeedConnection& connection) {
    connection.send(chunked_head() + chunk(server_record(1, 1)) + chunk("\r\n"));
    connection.hold();
  });
  Ran ran = once();
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ids(), Words{"1|1|-"});
}

TEST_F(Mirror, OnceGoesOnWhenTheConnectionBreaks) {
  feed.next([](FeedConnection& connection) { connection.send(answer("", "503 Later")); });
  feed.next([](FeedConnection& connection) {
    connection.send(chunked_head() + chunk(server_record(1, 1)) + "50\r\n{\"id\":2,");
  });
  feed.next([](FeedConnection& connection) {
    connection.send(answer(server_record(1, 1) + server_record(2, 2)));
  });
  Ran ran = once();
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ids(), (Words{"1|1|-", "2|2|-"}));
  EXPECT_EQ(feed.targets().back(), "/servers?since=1&follow=false");
  EXPECT_NE(ran.err.find("answered 503; trying again"), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find("connected again"), std::string::npos) << ran.err;
}

TEST_F(Mirror, OnceGivesUpInTheEnd) {
  feed.otherwise([](FeedConnection& connection) { connection.send(answer("", "503 Later")); });
  EXPECT_EQ(once({"--retry-time", "0"}).status, 7);
}

TEST_F(Mirror, RefusalsEndIt) {
  struct Case {
    std::string status;
    int code;
  };
  for (const Case& refused : {Case{"401 No", 5}, Case{"403 No", 5}, Case{"404 No", 3},
                              Case{"410 Gone", 3}, Case{"400 No", 1}}) {
    feed.next([&](FeedConnection& connection) {
      connection.send(answer("{\"detail\":\"because\"}", refused.status));
    });
    Ran ran = place.run(words({}));
    EXPECT_EQ(ran.status, refused.code) << refused.status << ran.err;
    EXPECT_NE(ran.err.find("because"), std::string::npos) << ran.err;
  }
}

TEST_F(Mirror, WhatIsNoFeedEndsIt) {
  feed.next([](FeedConnection& connection) { connection.send(answer("<html>")); });
  EXPECT_EQ(once().status, 1);
  std::string records = server_record(1, 1) + "{\"id\":2}";
  for (int i = 3; i < 5'000; ++i) records += server_record(i, i);
  feed.next([&](FeedConnection& connection) { connection.send(answer(records)); });
  Ran ran = once();
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.err.find("has no 'updated_at'"), std::string::npos) << ran.err;
  EXPECT_EQ(ids(), Words{"1|1|-"}) << "what was before it is in, and nothing behind it";
}

TEST_F(Mirror, OtherOrderFieldsWillDo) {
  feed.otherwise([](FeedConnection& connection) {
    connection.send(answer(R"({"txid":"5:999","id":"506dacf3","deleted_at":null,"ps":"web.1"})"
                           R"({"txid":"5:1000","id":"506dacf3","deleted_at":null,"ps":"web.2"})"));
  });
  EXPECT_EQ(once({"--order-by", "txid"}).status, 0);
  once({"--order-by", "txid"});
  EXPECT_EQ(feed.targets().back(), "/servers?since=5%3A1000&follow=false");
  EXPECT_EQ(query(file(), "SELECT id, txid, ps FROM servers"), Words{"506dacf3|5:1000|web.2"});
}

TEST_F(Mirror, CredentialsComeFromTheUrlOrTheKey) {
  feed.otherwise([](FeedConnection& connection) { connection.send(answer(two)); });
  once();
  EXPECT_EQ(feed.requests().back().find("Authorization"), std::string::npos);
  place.run(words({"--once"}), {.environment = {{"DCOUNT_API_KEY", "key"}}});
  EXPECT_NE(feed.requests().back().find("Authorization: Bearer key"), std::string::npos);
  Words with_user = words({"--once"});
  with_user[1].insert(7, "me:secret@");
  Ran ran = place.run(with_user, {.environment = {{"DCOUNT_API_KEY", "key"}}});
  EXPECT_EQ(ran.status, 0) << "it is the same feed. " << ran.err;
  EXPECT_NE(feed.requests().back().find("Authorization: Basic bWU6c2VjcmV0"), std::string::npos);
  EXPECT_EQ(query(file(), "SELECT url FROM dcount_mirror"), Words{feed.url()});
}

TEST_F(Mirror, FollowsAnEndlessFeedThroughReconnects) {
  feed.next([](FeedConnection& connection) {
    connection.send(chunked_head() + chunk(server_record(1, 1)) + chunk("\r\n"));
    connection.send(chunk(server_record(2, 2) + "\n") + chunk(""));
  });
  feed.next([](FeedConnection& connection) { connection.cut(); });
  feed.next([](FeedConnection& connection) {
    connection.send(chunked_head() + chunk(server_record(2, 2)));
    connection.send(chunk(server_record(3, 3)));
    connection.hold();
  });
  Running mirror(place, words({}));
  EXPECT_TRUE(wait_for_rows(3));
  EXPECT_EQ(feed.targets(), (Words{"/servers?since=0", "/servers?since=2", "/servers?since=2"}));
  mirror.signal(SIGTERM);
  EXPECT_EQ(mirror.wait().status, 130);
}

TEST_F(Mirror, FiniteFeedsAreAskedAgain) {
  feed.next([](FeedConnection& connection) { connection.send(answer(two)); });
  feed.next([](FeedConnection& connection) { connection.send(answer("")); });
  feed.next([](FeedConnection& connection) { connection.send(answer(server_record(5, 1001))); });
  Running mirror(place, words({}));
  EXPECT_TRUE(wait_for_rows(3));
  mirror.signal(SIGINT);
  Ran ran = mirror.wait();
  EXPECT_EQ(ran.status, 130);
  EXPECT_NE(ran.err.find("goes on from updated_at 1001"), std::string::npos) << ran.err;
}

TEST_F(Mirror, InterruptionCommitsWhatHasCome) {
  feed.next([](FeedConnection& connection) {
    std::string records = chunked_head();
    for (int i = 1; i <= 20'000; ++i) records += chunk(server_record(i, i) + "\n");
    connection.send(records);
    connection.hold();
  });
  Running mirror(place, words({"--json"}));
  EXPECT_TRUE(wait_for("SELECT count(*) > 0 FROM servers", "1"));
  mirror.signal(SIGINT);
  Ran ran = mirror.wait();
  EXPECT_EQ(ran.status, 130);
  auto error = Json::parse(ran.err)["error"];
  EXPECT_EQ(query(file(), "SELECT count(*), max(updated_at) FROM servers"),
            Words{error["records"].dump() + "|" + error["since"].dump()});
}

TEST_F(Mirror, AfterGoneAllIsFetchedAgain) {
  feed.next([](FeedConnection& connection) {
    connection.send(answer(server_record(1, 50) + server_record(2, 60)));
  });
  ASSERT_EQ(once().status, 0);
  feed.next([](FeedConnection& connection) { connection.send(answer("{}", "410 Gone")); });
  feed.next([](FeedConnection& connection) {
    connection.send(chunked_head() + chunk(server_record(3, 7)) + "99\r\n{");
  });
  feed.next([](FeedConnection& connection) {
    connection.send(chunked_head() + chunk(server_record(3, 7)) + chunk(server_record(2, 8)) +
                    chunk(""));
  });
  feed.next([](FeedConnection& connection) {
    connection.send(chunked_head() + chunk(server_record(4, 9)));
    connection.hold();
  });
  Running mirror(place, words({"--exec", "cat >> got"}));
  EXPECT_TRUE(wait_for_rows(3));
  mirror.signal(SIGTERM);
  Ran ran = mirror.wait();
  EXPECT_EQ(ids(), (Words{"2|8|-", "3|7|-", "4|9|-"}));
  EXPECT_EQ(feed.targets(), (Words{"/servers?since=0&follow=false", "/servers?since=60",
                                   "/servers?since=0&follow=false", "/servers?since=7&follow=false",
                                   "/servers?since=8"}));
  EXPECT_EQ(place.read("got"),
            server_record(3, 7) + "\n" + server_record(2, 8) + "\n" + server_record(4, 9) + "\n");
  EXPECT_NE(ran.err.find("cannot go on from updated_at 60"), std::string::npos) << ran.err;
}

TEST_F(Mirror, AfterGoneAnEndlessAnswerEndsWithSilence) {
  feed.next([](FeedConnection& connection) { connection.send(answer(server_record(1, 50))); });
  ASSERT_EQ(once().status, 0);
  feed.next([](FeedConnection& connection) { connection.send(answer("{}", "410 Gone")); });
  feed.otherwise([](FeedConnection& connection) {
    connection.send(chunked_head() + chunk(server_record(2, 7)));
    connection.hold();
  });
  Running mirror(place, words({}));
  EXPECT_TRUE(wait_for("SELECT group_concat(id) FROM servers", "2"));
  EXPECT_TRUE(feed.wait_for_requests(4));
  EXPECT_EQ(feed.targets().back(), "/servers?since=7");
}

TEST_F(Mirror, CommandsGetEachNewRecordInOrder) {
  std::string records;
  std::string expected;
  for (int i = 1; i <= 250; ++i) {
    records += server_record(i % 7, i) + "\n" + server_record(i % 7, i);
    expected += server_record(i % 7, i) + "\n";
  }
  feed.next([&](FeedConnection& connection) { connection.send(answer(records)); });
  Ran ran = once({"--exec", "cat >> got"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out, "500 records, 250 of them news; it goes on from updated_at 250\n");
  EXPECT_EQ(place.read("got"), expected);
}

TEST_F(Mirror, CommandsRunOnceTheRecordIsInTheTable) {
  feed.next([](FeedConnection& connection) { connection.send(answer(two)); });
  ASSERT_EQ(once().status, 0);
  feed.next([](FeedConnection& connection) { connection.send(answer(server_record(5, 1001))); });
  // The file of the log is read by no one else: what is committed is in it.
  Ran ran = once({"--exec", "grep -c '\"updated_at\":1001' m.sqlite-wal; exit 0"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_NE(ran.out.substr(0, 2), "0\n") << ran.out;
}

TEST_F(Mirror, CommandsThatFailAreReportedAndPassedOver) {
  feed.next([](FeedConnection& connection) { connection.send(answer(two)); });
  Ran ran = once({"--exec", "grep -q 124 || exit 3"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.err,
            "dcount: the command failed (exit code 3) for " + server_record(123, 999) + "\n");
  feed.next([](FeedConnection& connection) { connection.send(answer(server_record(5, 1001))); });
  ran = once({"--exec", "kill -9 $$"});
  EXPECT_NE(ran.err.find("killed by signal 9"), std::string::npos) << ran.err;
}

TEST_F(Mirror, CommandsNeedNotReadTheirRecord) {
  std::string large = R"({"id":1,"updated_at":1,"x":")" + std::string(900'000, 'x') + "\"}";
  feed.next([&](FeedConnection& connection) { connection.send(answer(large)); });
  Ran ran = once({"--exec", "echo done"});
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(ran.out.substr(0, 5), "done\n");
}

TEST_F(Mirror, InterruptionLetsTheCommandFinish) {
  feed.next([](FeedConnection& connection) {
    connection.send(chunked_head() + chunk(server_record(1, 1)));
    connection.hold();
  });
  // Who looks for the file knows that the command runs; it ends when it is told.
  Running mirror(
      place, words({"--exec", "echo begun; until [ -e go ]; do sleep 0.01; done; touch ended"}));
  ASSERT_TRUE(mirror.wait_for_output("begun"));
  mirror.signal(SIGINT);
  place.write("go", "");
  EXPECT_EQ(mirror.wait().status, 130);
  EXPECT_TRUE(std::filesystem::exists(place.path() / "ended"));
}

TEST_F(Mirror, PruneRemovesDeletedRows) {
  feed.otherwise([](FeedConnection& connection) { connection.send(answer(two)); });
  EXPECT_EQ(once({"--prune"}).status, 0);
  EXPECT_EQ(ids(), Words{"123|999|-"});
  once({"--prune"});
  EXPECT_EQ(feed.targets().back(), "/servers?since=1000&follow=false");
}

TEST_F(Mirror, TablesOfOthersAreLeftAlone) {
  feed.otherwise([](FeedConnection& connection) { connection.send(answer(two)); });
  ASSERT_EQ(once().status, 0);
  Ran ran = once({}, "/others");
  EXPECT_EQ(ran.status, 4);
  EXPECT_NE(ran.err.find("mirrors " + feed.url()), std::string::npos) << ran.err;
}

TEST_F(Mirror, OneMirrorAtATimeKeepsATable) {
  feed.otherwise([](FeedConnection& connection) {
    connection.send(chunked_head() + chunk(server_record(1, 1)));
    connection.hold();
  });
  Running mirror(place, words({}));
  ASSERT_TRUE(wait_for_rows(1));
  Ran ran = once();
  EXPECT_EQ(ran.status, 4);
  EXPECT_NE(ran.err.find("another mirror"), std::string::npos) << ran.err;
  mirror.signal(SIGKILL);
  mirror.wait();
  EXPECT_EQ(once().status, 0) << "the lock has ended with it";
}

TEST_F(Mirror, WrongOptionsAreRefused) {
  EXPECT_EQ(place.run({"mirror"}).status, 2);
  EXPECT_EQ(place.run({"mirror", "ftp://h/", "--into", "x", "--table", "t"}).status, 2);
  Ran ran = place.run({"mirror", "http://h/?since=3", "--into", "x", "--table", "t"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_FALSE(std::filesystem::exists(place.path() / "x"));
  EXPECT_EQ(place.run({"mirror", "http://h/", "--into", "x", "--table", "sqlite_x"}).status, 1);
  EXPECT_NE(place.run({"mirror", "--help"}).out.find("dcount mirror http://"), std::string::npos);
}

TEST_F(Mirror, TerminalsSeeHowFarItIs) {
  feed.next([](FeedConnection& connection) {
    connection.send(chunked_head() + chunk(server_record(1, 991)));
    connection.hold();
  });
  Running mirror(place, words({}), {.terminal = true});
  EXPECT_TRUE(mirror.wait_for_output("servers: 1 records, updated_at 991, connected"));
}

}  // namespace
}  // namespace dcount::test
