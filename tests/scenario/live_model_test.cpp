// One real server, killed now and then, against a dumb model.
#include <gtest/gtest.h>

#include "sim/server_process.h"
#include "tests/scenario/live_commands.h"
#include "tests/store/temporary_directory.h"

namespace dcount::test {
namespace {

TEST(LiveModel, ARealServerAnswersAsTheModelDoesThroughCrashes) {
  store::TemporaryDirectory place;
  auto server = sim::ServerProcess::make({.directory = place.path(), .binary = DCOUNT_BINARY});
  ASSERT_TRUE(server) << server.error().message;
  const auto started = server->start();
  ASSERT_TRUE(started) << started.error().message;
  const Processes processes{
      .endpoints = {{"127.0.0.1", server->port()}},
      .kill = [&](std::size_t) { server->kill(); },
      .run =
          [&](std::size_t) {
            const auto again = server->start();
            return again ? std::string() : again.error().message;
          },
  };
  EXPECT_TRUE(behaves_like_the_model({.name = "LiveModel/Server", .cases = 400}, processes));
}

}  // namespace
}  // namespace dcount::test
