// API keys in a cluster: what one server makes or revokes the others know.
#include <nlohmann/json.hpp>

#include "tests/cluster/cluster.h"
#include "tests/support/run_dcount.h"

namespace dcount::test {
namespace {

class ClusterKeys : public ClusterTest {
 protected:
  int status(const sim::ServerProcess& server, const std::string& key) {
    return ask(server, get("/cnt/", "Authorization: Bearer " + key + "\r\n")).status;
  }
  /// Who knows of no key at all lets everybody in.
  bool knows(const sim::ServerProcess& server, const std::string& key) {
    return status(server, key) == 200 && status(server, "nobody's") == 401;
  }
};

TEST_F(ClusterKeys, AKeyMadeAtOneServerWorksAtAllAndSoDoesItsEnd) {
  for (std::size_t maker = 0; maker < 3; ++maker) {
    client::Client admin(only(all.server(maker)));
    const auto made = admin.create_key({.name = "test", .scopes = {"read"}});
    ASSERT_TRUE(made) << made.error().detail;
    EXPECT_TRUE(knows(all.server(maker), made->key)) << "at once";
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_TRUE(eventually([&] { return knows(all.server(i), made->key); })) << i;
    }
    client::Client other(only(all.server((maker + 1) % 3)));
    const auto revoked = other.revoke_key(made->id);
    ASSERT_TRUE(revoked && *revoked);
    EXPECT_EQ(status(all.server((maker + 1) % 3), made->key), 401) << "at once";
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_TRUE(eventually([&] { return status(all.server(i), made->key) == 401; })) << i;
    }
  }
}

TEST_F(ClusterKeys, AKeyMadeInEtcdWithoutAServerWorksAtAll) {
  const Workplace place;
  const auto ran = place.run({"key", "create", "first", "--admin", "--store", all.etcd().store()});
  ASSERT_EQ(ran.status, 0) << ran.err;
  const std::string key = ran.out.substr(0, ran.out.find('\n'));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(eventually([&] { return knows(all.server(i), key); })) << i;
    const auto nodes = json_of(ask(all.server(i), get("/api/get_state")))["node"];
    EXPECT_EQ(nodes.size(), 3u) << "whoever made it is no node";
  }
}

TEST_F(ClusterKeys, WithoutEtcdTheKeysThatAreKnownHold) {
  client::Client admin(only(all.server(0)));
  const auto made = admin.create_key({.name = "test", .scopes = {"read"}});
  ASSERT_TRUE(made) << made.error().detail;
  ASSERT_TRUE(eventually([&] { return knows(all.server(1), made->key); }));
  for (std::size_t i = 0; i < 3; ++i) all.etcd().kill(i);
  const auto state = [&](const std::string& key) {
    return ask(all.server(1), get("/api/get_state", "X-API-Key: " + key + "\r\n")).status;
  };
  EXPECT_EQ(state(made->key), 200);
  EXPECT_EQ(state("nobody's"), 401);
}

}  // namespace
}  // namespace dcount::test
