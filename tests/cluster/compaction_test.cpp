// etcd forgets its history while a server is cut off: it cannot catch up, and loads everything
// anew.
#include "tests/cluster/cluster.h"
#include "tests/cluster/etcd_calls.h"

namespace dcount::test {
namespace {

using std::chrono::seconds;

class Compaction : public ClusterTest {};

TEST_F(Compaction, AServerThatMissedChangesIsRightAllTheSame) {
  const std::string collection = fresh_name("compacted");
  client::Client others(over(all, 1));
  auto& server = all.server(0);
  ASSERT_TRUE(others.create_counter(collection, "k"));
  ASSERT_TRUE(client::Client(only(server)).get(collection, "k"));
  server.pause();
  client::ClientOptions options = over(all, 1);
  options.endpoints.erase(options.endpoints.begin());
  client::Client client(options);
  // The streams to it break, and so nothing of this is on its way already.
  for (std::size_t i = 0; i < all.etcd().size(); ++i) all.etcd().kill(i);
  const auto started = all.etcd().start();
  ASSERT_TRUE(started) << started.error().message;
  for (int i = 0; i < 10; ++i) {
    const auto added = client.add(collection, "k", 1);
    ASSERT_TRUE(added) << added.error().detail;
  }
  ASSERT_TRUE(client.add_items({{"a", collection}, {"b", collection}}));
  compact(all.etcd().member(0));
  server.resume();
  // Whatever it says before it has loaded is a refusal, not an old value.
  RawAnswer answer;
  ASSERT_TRUE(eventually([&] {
    answer = ask(server, get("/cnt/" + collection + "/k"));
    return answer.status == 200;
  })) << answer.body;
  EXPECT_EQ(answer.body, R"({"n":10,"version":11})");
  EXPECT_EQ(ask(server, get("/items/" + collection + "/count")).body, R"({"count":2})");
  EXPECT_TRUE(eventually([&] { return server.ready(seconds(1)); }));
  // And it follows again: what others do later arrives without being asked for.
  const auto last = client.add(collection, "k", 5);
  ASSERT_TRUE(last);
  EXPECT_TRUE(eventually([&] {
    return ask(server, get("/cnt/" + collection + "/k?consistency=stale")).body ==
           R"({"n":15,"version":12})";
  }));
}

}  // namespace
}  // namespace dcount::test
