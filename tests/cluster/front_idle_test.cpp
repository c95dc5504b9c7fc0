// What keeps tails open through nginx while nothing happens.
#include <chrono>
#include <thread>

#include "tests/cluster/cluster.h"
#include "tests/cluster/front.h"
#include "tests/support/script.h"

namespace dcount::test {
namespace {

class FrontIdle : public ClusterTest {
 protected:
  Workplace place;
  Front front{all};
};

TEST_F(FrontIdle, HeartbeatsKeepTailsOpenForLongerThanNginxWaits) {
  const std::string host = "http://127.0.0.1:" + std::to_string(front.port());
  const Script feed = curl_script(place.path(), "feed", host + "/lockstep/counters/idle");
  const Script events =
      curl_script(place.path(), "events", host + "/tail/idle/", {"Accept: text/event-stream"});
  const Script lines = curl_script(place.path(), "lines", host + "/tail/idle/");
  const Script socket = websockets_script(place.path(), "hears_pings_while_idle", front.port());
  ASSERT_TRUE(socket.prints("connected")) << socket.printed();

  // proxy_read_timeout is 40 s: whom only a heartbeat keeps open is still there after 50.
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(50);
  const auto open = [&] {
    return feed.running() && events.running() && lines.running() && socket.running();
  };
  while (open() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  client::Client client(over(all));
  client::CounterOptions create;
  create.create = true;
  ASSERT_TRUE(client.add("idle", "late", 1, create));
  for (const Script* script : {&feed, &events, &lines, &socket}) {
    EXPECT_TRUE(script->running()) << script->printed();
    EXPECT_TRUE(script->prints(R"("id":"late")")) << script->printed();
  }
}

}  // namespace
}  // namespace dcount::test
