// The endless GET, against a server that sends exactly what the test says.
#include "client/live_stream.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "sim/free_port.h"
#include "tests/mirror/scripted_feed.h"

namespace dcount::test {
namespace {

using client::StreamEnd;
using Records = std::vector<std::string>;

class LiveStream : public testing::Test {
 protected:
  client::LiveRequest request(const std::string& target = "/servers") {
    return {.endpoint = {"127.0.0.1", feed.port()}, .target = target};
  }
  client::StreamResult run(const client::LiveRequest& request) {
    records.clear();
    return stream.run(request, [this](std::string_view record) {
      records.emplace_back(record);
      return true;
    });
  }
  client::StreamResult run() { return run(request()); }

  ScriptedFeed feed;
  client::LiveStream stream;
  Records records;
};

TEST_F(LiveStream, RecordsComeHoweverTheChunksAreCut) {
  feed.next([](FeedConnection& connection) {
    connection.send(chunked_head() + chunk("{\"id\":1}\n"));
    connection.send(chunk("{\"id\":2}") + chunk("\r\n") + chunk("{\"id\":3}"));
    connection.send(chunk("{\"id\":4}{\"id\":5}\n{\"i"));
    std::string cut = chunk("d\":6}\n");
    connection.send(cut.substr(0, 5));
    connection.send(cut.substr(5) + chunk("\r\n"));
    connection.send(chunk(""));
  });
  auto result = run();
  EXPECT_EQ(result.end, StreamEnd::ended) << result.why;
  EXPECT_EQ(result.status, 200);
  EXPECT_EQ(result.records, 6U);
  EXPECT_EQ(records, (Records{"{\"id\":1}", "{\"id\":2}", "{\"id\":3}", "{\"id\":4}", "{\"id\":5}",
                              "{\"id\":6}"}));
}

TEST_F(LiveStream, RecordsComeWhileTheAnswerGoesOn) {
  std::promise<void> seen;
  feed.next([&](FeedConnection& connection) {
    connection.send(chunked_head() + chunk("{\"id\":1}\n"));
    seen.get_future().wait();
    connection.send(chunk("{\"id\":2}\n") + chunk(""));
  });
  bool opened = false;
  auto result = stream.run(
      request(),
      [&](std::string_view record) {
        EXPECT_TRUE(opened);
        records.emplace_back(record);
        if (records.size() == 1) seen.set_value();
        return true;
      },
      [&] { opened = true; });
  EXPECT_EQ(result.end, StreamEnd::ended);
  EXPECT_EQ(records.size(), 2U);
}

TEST_F(LiveStream, AnswersWithALengthEndThere) {
  feed.next([](FeedConnection& connection) {
    connection.send(answer("{\"id\":1}\n{\"id\":2}\n"));
    connection.hold();
  });
  EXPECT_EQ(run().end, StreamEnd::ended);
  EXPECT_EQ(records.size(), 2U);
}

TEST_F(LiveStream, AnswersWithoutEitherEndWhenTheServerCloses) {
  feed.next([](FeedConnection& connection) {
    connection.send("HTTP/1.0 200 OK\r\n\r\n{\"id\":1}\n{\"id\":2}\n");
  });
  EXPECT_EQ(run().end, StreamEnd::ended);
  EXPECT_EQ(records.size(), 2U);
  feed.next([](FeedConnection& connection) {
    connection.send("HTTP/1.0 200 OK\r\n\r\n{\"id\":1}\n{\"id\":");
  });
  EXPECT_EQ(run().end, StreamEnd::broken);
  EXPECT_EQ(records.size(), 1U);
}

TEST_F(LiveStream, ACutConnectionIsBroken) {
  for (bool reset : {false, true}) {
    feed.next([reset](FeedConnection& connection) {
      connection.send(chunked_head() + chunk("{\"id\":1}\n") + "20\r\n{\"id\":");
      if (reset) connection.cut();
    });
    auto result = run();
    EXPECT_EQ(result.end, StreamEnd::broken);
    EXPECT_NE(result.why, "");
    if (!reset) {  // a reset may overtake what was sent
      EXPECT_EQ(records.size(), 1U);
    }
  }
}

TEST_F(LiveStream, NoServerIsBroken) {
  client::LiveRequest nowhere = request();
  const auto nobody = sim::FreePort::any().value();
  nowhere.endpoint.port = nobody.number();
  auto result = run(nowhere);
  EXPECT_EQ(result.end, StreamEnd::broken);
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.why, "no connection to " + nowhere.endpoint.url());
}

TEST_F(LiveStream, ASilentServerIsBroken) {
  auto impatient = request();
  impatient.silence_time = client::Duration(200);
  EXPECT_EQ(run(impatient).end, StreamEnd::broken);
  impatient.silence_time = client::Duration(2000);  // something has to come first
  feed.next([](FeedConnection& connection) {
    connection.send(chunked_head() + chunk("{\"id\":1}\n"));
    connection.hold();
  });
  EXPECT_EQ(run(impatient).end, StreamEnd::broken);
  EXPECT_EQ(records.size(), 1U);
}

TEST_F(LiveStream, AnotherStatusComesWithItsBody) {
  feed.next(
      [](FeedConnection& connection) { connection.send(answer("{\"oldest\":7}", "410 Gone")); });
  auto result = run();
  EXPECT_EQ(result.end, StreamEnd::refused);
  EXPECT_EQ(result.status, 410);
  EXPECT_EQ(result.body, "{\"oldest\":7}");
  EXPECT_TRUE(records.empty());
  feed.next([](FeedConnection& connection) {
    connection.send("HTTP/1.1 500 No\r\n\r\n" + std::string(1 << 20, 'x'));
    connection.hold();
  });
  result = run();
  EXPECT_EQ(result.end, StreamEnd::refused);
  EXPECT_EQ(result.body.size(), client::refusal_bytes_max);
}

TEST_F(LiveStream, WhatIsNoStreamOfObjectsIsGarbled) {
  feed.next([](FeedConnection& connection) {
    connection.send(answer("{\"id\":1}\n<html>"));
    connection.hold();
  });
  auto result = run();
  EXPECT_EQ(result.end, StreamEnd::garbled);
  EXPECT_EQ(records.size(), 1U);
}

TEST_F(LiveStream, TheTakerCanStopIt) {
  feed.next([](FeedConnection& connection) {
    connection.send(chunked_head() + chunk("{\"id\":1}\n{\"id\":2}\n"));
    connection.hold();
  });
  auto result = stream.run(request(), [](std::string_view) { return false; });
  EXPECT_EQ(result.end, StreamEnd::stopped);
  EXPECT_EQ(result.records, 0U);
  feed.next([](FeedConnection& connection) { connection.send(answer("{}")); });
  EXPECT_EQ(run().end, StreamEnd::ended);
}

TEST_F(LiveStream, RequestsSayWhoAsksForWhat) {
  feed.otherwise([](FeedConnection& connection) { connection.send(answer("{}")); });
  auto request = this->request("/a%2Fb?since=5%3A5");
  run(request);
  EXPECT_EQ(feed.requests().back().find("Authorization"), std::string::npos);
  request.api_key = "key";
  request.accept = "application/x-ndjson";
  request.headers = {{"Last-Event-ID", "7"}};
  run(request);
  std::string head = feed.requests().back();
  EXPECT_TRUE(head.starts_with("GET /a%2Fb?since=5%3A5 HTTP/1.1\r\n")) << head;
  for (const char* line : {"\r\nAuthorization: Bearer key\r\n", "\r\nLast-Event-ID: 7\r\n",
                           "\r\nAccept: application/x-ndjson\r\n"}) {
    EXPECT_NE(head.find(line), std::string::npos) << head;
  }
  request.user = "me";
  request.password = "secret";
  run(request);
  EXPECT_NE(feed.requests().back().find("\r\nAuthorization: Basic bWU6c2VjcmV0\r\n"),
            std::string::npos);
}

TEST_F(LiveStream, RedirectsAreFollowedWithoutGivingAwayTheKey) {
  ScriptedFeed other;
  other.otherwise([](FeedConnection& connection) { connection.send(answer("{\"id\":1}")); });
  feed.next([&](FeedConnection& connection) {
    connection.send(answer("", "307 Away", "Location: /here?since=1\r\n"));
  });
  feed.next([&](FeedConnection& connection) {
    connection.send(answer("", "302 Away", "Location: " + other.url("/there") + "\r\n"));
  });
  auto request = this->request();
  request.api_key = "key";
  EXPECT_EQ(run(request).end, StreamEnd::ended);
  EXPECT_EQ(records.size(), 1U);
  EXPECT_EQ(feed.targets(), (std::vector<std::string>{"/servers", "/here?since=1"}));
  EXPECT_NE(feed.requests().back().find("Bearer key"), std::string::npos);
  EXPECT_EQ(other.targets(), std::vector<std::string>{"/there"});
  EXPECT_EQ(other.requests().back().find("Bearer"), std::string::npos);
}

TEST_F(LiveStream, RedirectsHaveALimit) {
  feed.otherwise([](FeedConnection& connection) {
    connection.send(answer("", "307 Away", "Location: /servers\r\n"));
  });
  auto result = run();
  EXPECT_EQ(result.end, StreamEnd::refused);
  EXPECT_EQ(result.status, 307);
  EXPECT_EQ(feed.requests().size(), client::redirects_max + 1);
}

TEST_F(LiveStream, StopEndsASilentStreamForGood) {
  feed.otherwise([](FeedConnection& connection) {
    connection.send(chunked_head() + chunk("{\"id\":1}\n"));
    connection.hold();
  });
  auto running = std::async(std::launch::async, [this] { return run(); });
  ASSERT_TRUE(feed.wait_for_requests(1));
  stream.stop();
  stream.stop();
  EXPECT_EQ(running.get().end, StreamEnd::stopped);
  EXPECT_EQ(run().end, StreamEnd::stopped);
  EXPECT_EQ(feed.requests().size(), 1U);
}

/// Whichever state the connection is in: none of these waits for the server, which says nothing.
TEST_F(LiveStream, StopEndsItAtAnyMoment) {
  auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int i = 0; i < 300; ++i) {
    client::LiveStream stopped;
    auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(random() % 400);
    auto running = std::async(std::launch::async, [&] {
      return stopped.run(request(), [](std::string_view) { return true; });
    });
    while (std::chrono::steady_clock::now() < until) {
    }
    stopped.stop();
    EXPECT_EQ(running.get().end, StreamEnd::stopped);
  }
}

TEST(Backoff, DoublesUpToAMaximumUntilReset) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    client::Backoff backoff(seed);
    auto full = client::backoff_min;
    for (int i = 0; i < 70; ++i) {
      auto delay = backoff.next();
      EXPECT_GE(delay, full / 2);
      EXPECT_LE(delay, full);
      full = std::min(full * 2, client::backoff_max);
    }
    backoff.reset();
    EXPECT_LE(backoff.next(), client::backoff_min);
  }
}

}  // namespace
}  // namespace dcount::test
