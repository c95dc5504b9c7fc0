// One address for several servers: nginx before them.
#include "tests/cluster/front.h"

#include <nlohmann/json.hpp>

#include "tests/cluster/cluster.h"

namespace dcount::test {
namespace {

class NginxFront : public ClusterTest {
 protected:
  RawAnswer ask_front(const std::string& request) {
    RawHttp connection(front.port());
    return connection.call(request).value_or(RawAnswer{});
  }
  void TearDown() override {
    if (HasFailure()) std::printf("nginx: %s\n", front.log().c_str());
    ClusterTest::TearDown();
  }

  Front front{all};
};

std::string keyed_add(const std::string& path, const std::string& key) {
  return post(path, "", "Idempotency-Key: " + key + "\r\n");
}

TEST_F(NginxFront, AKilledServerIsNoticedByNobody) {
  const std::string path = "/cnt/" + fresh_name("front") + "/k";
  ASSERT_EQ(ask_front(keyed_add(path + "?create=true", "first")).status, 200);
  constexpr int additions = 300;
  RawHttp connection(front.port());
  for (int i = 0; i < additions; ++i) {
    if (i == additions / 3) all.server(any_of(all.servers())).kill();
    const auto added = connection.call(keyed_add(path, "a" + std::to_string(i)));
    ASSERT_TRUE(added);
    ASSERT_EQ(added->status, 200) << added->body;
    const auto read = connection.call(get(path));
    ASSERT_TRUE(read);
    ASSERT_EQ(read->status, 200) << read->body;
    ASSERT_EQ(json_of(*read)["n"], i + 2);
  }
}

TEST_F(NginxFront, APostWithoutAKeyIsNotSentTwice) {
  const std::string path = "/cnt/" + fresh_name("unsafe") + "/k";
  ASSERT_EQ(ask_front(keyed_add(path + "?create=true", "c")).status, 200);
  // Whichever server has got it cannot answer; nginx must not ask another one.
  for (std::size_t i = 0; i < all.servers(); ++i) all.server(i).pause();
  RawHttp connection(front.port());
  ASSERT_TRUE(connection.send(post(path, "")));
  EXPECT_TRUE(connection.stays_silent(std::chrono::milliseconds(300)));
  for (std::size_t i = 0; i < all.servers(); ++i) all.server(i).kill();
  const auto answer = connection.read_answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 502) << answer->body;
  mend(all);
  EXPECT_TRUE(eventually([&] { return ask_front(get(path)).status == 200; }));
  EXPECT_EQ(json_of(ask_front(get(path)))["n"], 1);
}

TEST_F(NginxFront, NamesAreForwardedAsTheyWereSent) {
  const std::string tenant = fresh_name("a%2Fb%25c");
  const std::string items = R"([{"id":"x","tenant":"a/b%c)" + tenant.substr(9) + R"("}])";
  for (const std::string& key : {std::string(), "Idempotency-Key: " + fresh_name("i") + "\r\n"}) {
    ASSERT_EQ(ask_front(post("/items", items, key)).status, 200);
  }
  EXPECT_EQ(ask_front(get("/items/" + tenant + "/count")).body, R"({"count":1})");
}

TEST_F(NginxFront, ItemsMayBeLargeAndOtherBodiesMayNot) {
  const std::string tenant = fresh_name("large");
  std::string items = "[";
  for (int i = 0; i < 10'000; ++i) {
    items += (i == 0 ? R"({"id":")" : R"(,{"id":")") + std::string(200, 'x') + std::to_string(i) +
             R"(","tenant":")" + tenant + "\"}";
  }
  items += "]";
  ASSERT_GT(items.size(), std::size_t{2} << 20);
  for (const std::string& key : {std::string(), "Idempotency-Key: " + fresh_name("l") + "\r\n"}) {
    const auto answer = ask_front(post("/items", items, key));
    EXPECT_EQ(answer.status, 200) << answer.body.substr(0, 300);
  }
  EXPECT_EQ(ask_front(post("/cnt/c/k", items)).status, 413);
  EXPECT_EQ(json_of(ask_front(get("/items/" + tenant + "/count")))["count"], 10'000);
}

}  // namespace
}  // namespace dcount::test
