// Tails as the script of a web page sees them, in a real Chromium. Each case starts one.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/e2e/live_server.h"
#include "tests/e2e/web_page.h"
#include "tests/sim/poll.h"
#include "tests/support/raw_http.h"

namespace dcount {
namespace {

using nlohmann::json;
using sim::eventually;
using test::LiveServer;
using test::RawHttp;
using test::WebPage;

constexpr std::chrono::seconds patience{60};

class TailBrowser : public testing::Test {
 protected:
  void TearDown() override {
    if (HasFailure()) std::printf("%s\n", page.said().c_str());
  }

  void change(const std::string& request) {
    const auto answer = RawHttp(server.port()).call(request);
    ASSERT_TRUE(answer);
    ASSERT_LT(answer->status, 300) << answer->body;
  }
  void add(const std::string& path) { change(test::post(path + "?create=true", "")); }
  void remove(const std::string& path) {
    change("DELETE " + path + " HTTP/1.1\r\nHost: here\r\n\r\n");
  }

  /// What was told as JSON, in order.
  std::vector<json> messages() const {
    std::vector<json> all;
    for (const std::string& line : page.told()) {
      const auto message = json::parse(line, nullptr, false);
      if (message.is_object()) all.push_back(message);
    }
    return all;
  }
  std::ptrdiff_t times_told(const std::string& line) const {
    return std::ranges::count(page.told(), line);
  }

  WebPage page;
  LiveServer server{{"--cors-origin", page.origin(), "--tail-origin", page.origin()}};
};

TEST_F(TailBrowser, ZemcountersFewLinesShowTheMessagesOfItsReadme) {
  const auto made = RawHttp(server.port()).call(test::post("/cnt/views/", ""));
  ASSERT_TRUE(made);
  const std::string path = "/cnt" + made->header("location").substr(4);
  const std::string id = path.substr(path.rfind('/') + 1);
  ASSERT_EQ(id.size(), 24u) << "an id as its clients have them";
  const std::string host = "127.0.0.1:" + std::to_string(server.port());
  page.open("var ws = new WebSocket(\"ws://" + host + "/tail/\");\n" +
                "ws.onopen = function () { ws.send('{\"" + id + "\":\"s\"}'); tell('open'); };\n" +
                "ws.onmessage = function (event) {\n"
                "  var message = JSON.parse(event.data);\n"
                "  tell(JSON.stringify(message));\n"
                "};\n",
            server.place().path());
  ASSERT_TRUE(eventually([&] { return times_told("open") == 1; }, patience));

  // When the server has read the subscription is not told: the first one to come is the sign.
  std::int64_t n = 0;
  ASSERT_TRUE(eventually(
      [&] {
        change(test::post(path, ""));
        ++n;
        return !messages().empty();
      },
      patience));
  change(test::post(path + "/5", ""));
  n += 5;
  ASSERT_TRUE(eventually([&] { return messages().back()["n"] == n; }, patience));
  remove(path);
  ASSERT_TRUE(eventually([&] { return messages().back().contains("d"); }, patience));

  std::int64_t revision = 0;
  std::int64_t value = 0;
  for (const json& message : messages()) {
    EXPECT_EQ(message["id"], id);
    EXPECT_EQ(message["c"], "views");
    EXPECT_GT(message["rev"].get<std::int64_t>(), revision);
    revision = message["rev"].get<std::int64_t>();
    if (message.contains("d")) continue;
    EXPECT_GT(message["n"].get<std::int64_t>(), value);
    value = message["n"].get<std::int64_t>();
  }
  EXPECT_EQ(messages().back()["d"], 1);
  EXPECT_FALSE(messages().back().contains("n"));
  EXPECT_EQ(messages().size(), page.told().size() - 1) << "nothing but messages, and the opening";
}

/// The script does nothing about it: an EventSource comes again by itself, some 3 s later.
TEST_F(TailBrowser, AnEventSourceMissesNothingWhileTheServerIsStartedAgain) {
  page.open("const source = new EventSource(\"" + server.url() + "/tail/views/\");\n" +
                "source.onopen = () => tell('open');\n"
                "source.onerror = () => tell('state ' + source.readyState);\n"
                "source.onmessage = (event) => tell(event.data);\n",
            server.place().path());
  ASSERT_TRUE(eventually([&] { return times_told("open") == 1; }, patience));
  std::map<std::string, json> expected;
  const auto settled = [&] {
    std::map<std::string, json> latest;
    for (const json& message : messages()) {
      json& before = latest[message["id"]];
      if (!before.is_null()) {
        EXPECT_GT(message["rev"], before["rev"]) << "told twice, or too late";
      }
      before = message;
    }
    if (latest.size() != expected.size()) return false;
    return std::ranges::all_of(expected, [&](const auto& one) {
      const json& came = latest[one.first];
      return one.second.is_null() ? came.contains("d") : came.value("n", 0) == one.second;
    });
  };
  const auto count = [&](const std::string& id) {
    add("/cnt/views/" + id);
    json& n = expected[id];
    n = n.is_null() ? 1 : n.get<int>() + 1;
  };

  count("home");
  count("gone");
  ASSERT_TRUE(eventually(settled, patience));
  for (const bool killed : {true, false}) {
    const auto opened = times_told("open");
    if (killed) {
      server.kill();
    } else {
      server.stop();
    }
    server.start();
    // Whatever of this comes before the page does, it must get all the same.
    count("home");
    count(killed ? "after-the-kill" : "after-the-stop");
    count("home");
    if (killed) {
      remove("/cnt/views/gone");
      expected["gone"] = nullptr;
    }
    ASSERT_TRUE(eventually([&] { return times_told("open") == opened + 1; }, patience));
    count("home");
    EXPECT_TRUE(eventually(settled, patience));
  }
  EXPECT_EQ(times_told("state 2"), 0) << "it has given up";
}

}  // namespace
}  // namespace dcount
