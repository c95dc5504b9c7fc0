// Tails read by programs of others: Debian's python3-websockets and curl.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/e2e/live_server.h"
#include "tests/support/raw_http.h"
#include "tests/support/script.h"

namespace dcount {
namespace {

using test::curl_script;
using test::LiveServer;
using test::RawHttp;
using test::Script;
using test::websockets_script;

void expect_success(const Script& script) {
  const auto exit = script.wait();
  ASSERT_TRUE(exit) << "it does not end; " << script.printed();
  EXPECT_EQ(*exit, sim::ProcessExit{}) << script.printed();
}

void expect_fact(const LiveServer& server, const std::string& fact) {
  expect_success(websockets_script(server.place().path(), fact, server.port()));
}

TEST(PythonWebsockets, SubscribesToSeveralKeysAndTakesThemBack) {
  expect_fact(LiveServer(), "several_keys");
}

TEST(PythonWebsockets, SubscribesToCollectionsAndEverything) {
  expect_fact(LiveServer(), "collections_and_everything");
}

TEST(PythonWebsockets, SubscribesByThePath) { expect_fact(LiveServer(), "path_subscribes"); }

TEST(PythonWebsockets, IsNotCompressedUnlessTheServerWasToldTo) {
  expect_fact(LiveServer(), "not_compressed");
  expect_fact(LiveServer({"--tail-deflate"}), "compressed");
}

TEST(PythonWebsockets, GetsItsPingsAnswered) { expect_fact(LiveServer(), "answers_pings"); }

TEST(PythonWebsockets, IsToldWhyItIsClosed) { expect_fact(LiveServer(), "says_why_it_closes"); }

TEST(PythonWebsockets, IsToldOfAStopThatDoesNotWaitForIt) {
  LiveServer server;
  const Script script =
      websockets_script(server.place().path(), "is_told_of_a_stop", server.port());
  ASSERT_TRUE(script.prints("connected")) << script.printed();
  EXPECT_EQ(server.stop().status, 0);
  expect_success(script);
}

/// The records in what was printed.
std::vector<nlohmann::json> records(const std::string& printed) {
  std::vector<nlohmann::json> all;
  std::istringstream lines(printed);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("data: ")) line.erase(0, 6);
    auto record = nlohmann::json::parse(line, nullptr, false);
    if (record.is_object()) all.push_back(std::move(record));
  }
  return all;
}

class Curl : public testing::Test {
 protected:
  Script curl(const std::string& name, const std::string& path,
              const std::vector<std::string>& fields = {}) {
    return curl_script(server.place().path(), name, server.url() + path, fields);
  }
  void add(const std::string& id) {
    const auto answer =
        RawHttp(server.port()).call(test::post("/cnt/views/" + id + "?create=true", ""));
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->status, 200) << answer->body;
  }

  LiveServer server;
};

/// Each is shown before there is another one to show.
TEST_F(Curl, ShowsTheRecordsOfALockstepFeedAsTheyHappen) {
  add("early");
  const Script feed = curl("feed", "/lockstep/counters/views/0");
  ASSERT_TRUE(feed.prints(R"("id":"early")")) << feed.printed();
  for (int n = 1; n <= 5; ++n) {
    add("home");
    ASSERT_TRUE(feed.prints("\"n\":" + std::to_string(n) + ",\"version\"")) << feed.printed();
  }
  ASSERT_TRUE(RawHttp(server.port()).call("DELETE /cnt/views/home HTTP/1.1\r\nHost: here\r\n\r\n"));
  ASSERT_TRUE(feed.prints(R"(,"version":7})")) << feed.printed();
  const auto deletion = records(feed.printed()).back();
  EXPECT_EQ(deletion["deleted_at"], deletion["updated_at"]);
  EXPECT_TRUE(feed.running());
  EXPECT_EQ(server.stop().status, 0);
  expect_success(feed);  // with an end that is an end: curl complains of one that is not
}

TEST_F(Curl, ShowsEventsAsTheyHappenAndGoesOnBehindTheLastOne) {
  const std::string events = "Accept: text/event-stream";
  add("home");
  std::string last;
  {
    const Script feed = curl("events", "/tail/views/?snapshot=true", {events});
    for (int n = 1; n <= 3; ++n) {
      if (n > 1) add("home");
      ASSERT_TRUE(feed.prints(R"(data: {"id":"home","n":)" + std::to_string(n) + ","))
          << feed.printed();
    }
    last = std::to_string(records(feed.printed()).back()["rev"].get<std::int64_t>());
    ASSERT_TRUE(feed.prints("}\nid: " + last + "\n\n")) << feed.printed();
  }
  add("other");
  const Script feed = curl("more", "/tail/views/", {events, "Last-Event-ID: " + last});
  ASSERT_TRUE(feed.prints("\n\n")) << feed.printed();
  const auto more = records(feed.printed());
  ASSERT_EQ(more.size(), 1u) << feed.printed();
  EXPECT_EQ(more[0]["id"], "other");
}

TEST_F(Curl, EndsWithWhatIsThereWhenToldNotToFollow) {
  add("a");
  add("b");
  const Script whole = curl("whole", "/lockstep/counters?follow=false");
  expect_success(whole);
  const auto all = records(whole.printed());
  ASSERT_EQ(all.size(), 2u) << whole.printed();
  EXPECT_EQ(all[0]["id"], "views/a");
  const std::string since = std::to_string(all[1]["updated_at"].get<std::int64_t>());
  const Script rest = curl("rest", "/lockstep/counters/" + since + "?follow=false");
  expect_success(rest);
  EXPECT_EQ(records(rest.printed()), std::vector{all[1]});
}

}  // namespace
}  // namespace dcount
