// `dcount node list`, with the real binary against a fake server; and the server's own names.
#include <gtest/gtest.h>

#include "tests/client/fake_server.h"
#include "tests/support/run_dcount.h"

namespace dcount::test {
namespace {

constexpr const char* document =
    R"({"node":[{"name":"a","address":"h:1","state":"alive","last_seen":1700000000,)"
    R"("version":"0.1.0","self":true},)"
    R"({"name":"bee","address":"h:3","state":"dead","version":"0.1.0",)"
    R"("reason":"its lease is gone"}],"cluster":{"ready":true}})";

struct NodeCommand : testing::Test {
  Ran run(std::vector<std::string> arguments) {
    return place.run(
        arguments, {.environment = {{"DCOUNT_SERVER", server.url()}, {"DCOUNT_RETRY_TIME", "0"}}});
  }
  FakeServer server;
  Workplace place;
};

TEST_F(NodeCommand, ListIsATableWithRemarks) {
  server.fail_next({.status = 200, .raw_body = document});
  const Ran ran = run({"node", "list"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out,
            "NAME  STATE  ADDRESS  VERSION  LAST SEEN             PACKAGES  SIZE  FREE\n"
            "a     alive  h:1      0.1.0    2023-11-14 22:13:20Z         0   0 B        this one\n"
            "bee   dead   h:3      0.1.0                                 0   0 B\n");
  EXPECT_NE(ran.err.find("bee: its lease is gone"), std::string::npos) << ran.err;
}

TEST_F(NodeCommand, JsonIsTheServersDocument) {
  server.fail_next({.status = 200, .raw_body = document});
  EXPECT_EQ(run({"node", "list", "--json"}).out, std::string(document) + "\n");
}

TEST_F(NodeCommand, AServerThatCannotBeReachedIsAnError) {
  server.fail_next({.status = 503, .code = "unavailable"});
  EXPECT_NE(run({"node", "list"}).status, 0);
}

TEST_F(NodeCommand, AServersNamesAndAddressesAreChecked) {
  for (const auto& [option, value] :
       std::vector<std::pair<std::string, std::string>>{{"--node", "a b"},
                                                        {"--node", ""},
                                                        {"--node", std::string(65, 'n')},
                                                        {"--internal-listen", "host:port"},
                                                        {"--advertise", "8080"},
                                                        {"--advertise", "host:0"},
                                                        {"--advertise-internal", "a b:1"}}) {
    const Ran ran = run({"server", "--data", "d", "--listen", "127.0.0.1:0", option, value});
    EXPECT_EQ(ran.status, 2) << option << " '" << value << "' " << ran.err;
  }
}

}  // namespace
}  // namespace dcount::test
