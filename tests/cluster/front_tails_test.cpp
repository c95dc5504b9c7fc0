// Tails through nginx, with the configuration that dcount ships.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/cluster/cluster.h"
#include "tests/cluster/front.h"
#include "tests/support/lockstep_reader.h"
#include "tests/support/script.h"

namespace dcount::test {
namespace {

class FrontTails : public ClusterTest {
 protected:
  void TearDown() override {
    if (HasFailure()) std::printf("nginx: %s\n", front.log().c_str());
    ClusterTest::TearDown();
  }

  void add(const std::string& collection, const std::string& id) {
    client::CounterOptions create;
    create.create = true;
    const auto added = counting.add(collection, id, 1, create);
    ASSERT_TRUE(added) << added.error().detail;
  }
  std::map<std::string, std::int64_t> list(const std::string& collection) {
    std::map<std::string, std::int64_t> all;
    const auto page = counting.list(collection, 1000);
    if (!page) return all;
    for (const auto& counter : page->counters) all[counter.id] = counter.n;
    return all;
  }
  std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(front.port()) + path;
  }
  RawAnswer ask_front(const std::string& request) {
    RawHttp connection(front.port());
    return connection.call(request).value_or(RawAnswer{});
  }
  /// Each server in turn, so that no tail is left where it was.
  void restart_all() {
    for (std::size_t i = 0; i < all.servers(); ++i) {
      all.server(i).kill();
      mend(all);
    }
  }

  Workplace place;
  Front front{all};
  client::Client counting{over(all)};
};

TEST_F(FrontTails, WebSocketsWork) {
  for (const char* fact :
       {"several_keys", "collections_and_everything", "path_subscribes", "answers_pings"}) {
    const Script script = websockets_script(place.path(), fact, front.port());
    const auto exit = script.wait();
    ASSERT_TRUE(exit) << fact;
    EXPECT_EQ(*exit, sim::ProcessExit{}) << fact << ": " << script.printed();
  }
}

/// Each is shown before there is another one to show.
TEST_F(FrontTails, RecordsAndEventsComeAsTheyHappen) {
  const std::string views = fresh_name("views");
  const Script feed = curl_script(place.path(), "feed", url("/lockstep/counters/" + views));
  const Script events = curl_script(place.path(), "events", url("/tail/" + views + "/?since=0"),
                                    {"Accept: text/event-stream"});
  const Script lines = curl_script(place.path(), "lines", url("/tail/" + views + "/?since=0"));
  for (int n = 1; n <= 5; ++n) {
    add(views, "home");
    for (const Script* script : {&feed, &events, &lines}) {
      ASSERT_TRUE(script->prints(R"("id":"home")"));
      ASSERT_TRUE(script->prints("\"n\":" + std::to_string(n) + ",")) << script->printed();
    }
  }
}

/// It reads what has gathered meanwhile at once, which nginx would put into a few large chunks.
TEST_F(FrontTails, AnOldLockstepClientFindsEachRecordInAChunkOfItsOwnAndResumesElsewhere) {
  const std::string views = fresh_name("views");
  for (int i = 0; i < 300; ++i) add(views, "k" + std::to_string(i));
  LockstepReader reader(place.path(), front.port(), "counters/" + views);
  const auto knows = [&](const auto& holds) {
    return eventually([&] { return holds() || !reader.complaint().empty(); }) && holds();
  };
  ASSERT_TRUE(knows([&] { return reader.values().size() == 300; })) << reader.complaint();
  for (std::size_t i = 0; i < all.servers(); ++i) {
    all.server(i).kill();
    for (int k = 0; k < 20; ++k) add(views, "k" + std::to_string(any_of(400)));
    ASSERT_TRUE(counting.remove(views, "k" + std::to_string(any_of(300))));
    mend(all);
  }
  const auto expected = list(views);
  EXPECT_GE(expected.size(), 297u);
  EXPECT_TRUE(knows([&] { return reader.values() == expected; })) << reader.complaint();
  EXPECT_EQ(reader.complaint(), "");
}

TEST_F(FrontTails, EventsGoOnBehindTheLastOneThroughAnotherServer) {
  const std::string views = fresh_name("views");
  const std::vector<std::string> accept{"Accept: text/event-stream"};
  add(views, "first");
  const Script events =
      curl_script(place.path(), "events", url("/tail/" + views + "/?since=0"), accept);
  ASSERT_TRUE(events.prints("\n\n")) << events.printed();
  restart_all();
  ASSERT_TRUE(events.wait()) << "its server has been killed";
  add(views, "second");
  std::istringstream came(events.printed());
  std::string last;
  for (std::string line; std::getline(came, line);) {
    if (line.starts_with("id: ")) last = line.substr(4);
  }
  const Script more = curl_script(place.path(), "more", url("/tail/" + views + "/"),
                                  {accept[0], "Last-Event-ID: " + last});
  ASSERT_TRUE(more.prints("\n\n")) << more.printed();
  EXPECT_NE(more.printed().find(R"("id":"second")"), std::string::npos) << more.printed();
  EXPECT_EQ(more.printed().find(R"("id":"first")"), std::string::npos) << more.printed();
}

TEST_F(FrontTails, RefusalsAreWholeAnswersAndOldHttpGetsLines) {
  const auto gone = ask_front(get("/lockstep/counters?since=" + std::to_string(INT64_MAX)));
  EXPECT_EQ(gone.status, 410);
  EXPECT_EQ(json_of(gone)["code"], "gone");
  const std::string views = fresh_name("views");
  add(views, "a");
  add(views, "b");
  RawHttp connection(front.port());
  ASSERT_TRUE(connection.send("GET /lockstep/counters/" + views +
                              "?follow=false HTTP/1.0\r\n"
                              "Host: here\r\n\r\n"));
  const std::string answer = connection.read_bytes(1 << 20);
  const auto body = answer.find("\r\n\r\n");
  ASSERT_NE(body, answer.npos) << answer;
  EXPECT_EQ(answer.substr(body + 4, 10), R"({"id":"a",)") << answer;
  EXPECT_EQ(answer.find("chunked"), answer.npos) << answer;
}

}  // namespace
}  // namespace dcount::test
