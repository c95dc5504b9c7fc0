// The clock and the disk of dcount-faulty do what the control socket says, and the server then does
// what the production server does.
#include <gtest/gtest.h>

#include <chrono>

#include "sim/http_probe.h"
#include "tests/faulty/faulty_server.h"

namespace dcount::faulty {
namespace {

using std::chrono::milliseconds;
using test::get;
using test::post;

constexpr std::int64_t hour_ms = 3'600'000;

std::int64_t unix_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<milliseconds>(now).count();
}

/// What the server tells other servers of its clock; 0: nothing yet.
std::int64_t ping_ms(const FaultyServer& server) {
  const auto state = server.ask_for(get("/api/get_state"));
  if (!state.is_object() || state["node"].empty()) return 0;
  const std::string internal = state["node"][0]["internal"];
  const auto pong = sim::probe("http://" + internal, "/capi/ping", patience);
  return pong ? nlohmann::json::parse(pong->body)["unix_ms"].get<std::int64_t>() : 0;
}

TEST(FaultyClock, JumpsOnCommand) {
  FaultyServer server;
  ASSERT_TRUE(eventually([&] { return ping_ms(server) > 0; })) << "it has joined";
  EXPECT_EQ(server.tell({{"get", "state"}}).clock_offset_ms, 0);
  EXPECT_LT(ping_ms(server), unix_ms() + hour_ms / 2);
  EXPECT_EQ(server.tell({{"clock", {{"jump_ms", hour_ms}}}}).clock_offset_ms, hour_ms);
  EXPECT_GT(ping_ms(server), unix_ms() + hour_ms / 2);
  EXPECT_EQ(server.tell({{"clock", {{"jump_ms", -hour_ms - 500}}}}).clock_offset_ms, -500);
  EXPECT_EQ(server.tell({{"clock", "heal"}}).clock_offset_ms, 0);
}

TEST(FaultyClock, MakesThingsExpire) {
  FaultyServer server;
  ASSERT_FALSE(server.ask_for(post("/cnt/c/k?create=true&ttl=1800", "")).is_null());
  ASSERT_FALSE(server.ask_for(get("/cnt/c/k")).is_null());
  server.tell({{"clock", {{"jump_ms", hour_ms}}}});
  EXPECT_TRUE(eventually([&] { return server.ask_for(get("/cnt/c/k")).is_null(); }));
}

TEST(FaultyClock, RunsFast) {
  FaultyServer server;
  EXPECT_EQ(server.tell({{"clock", {{"drift_ppm", 500'000}}}}).clock_drift_ppm, 500'000);
  EXPECT_TRUE(eventually([&] { return server.tell({{"get", "state"}}).clock_offset_ms >= 50; }));
  const auto stopped = server.tell({{"clock", {{"drift_ppm", 0}}}}).clock_offset_ms;
  EXPECT_GE(stopped, 50) << "what it is off stays";
  EXPECT_EQ(server.tell({{"get", "state"}}).clock_offset_ms, stopped);
}

TEST(ControlSocket, IsThereAgainAfterAKillWithEverythingWell) {
  FaultyServer server("double-apply");
  server.tell({{"clock", {{"jump_ms", 100}}}});
  server.kill_and_start();
  const FaultyState state = server.tell({{"get", "state"}});
  EXPECT_EQ(state.clock_offset_ms, 0);
  EXPECT_EQ(state.disk, "healthy");
  EXPECT_EQ(state.plant, "double-apply");
}

TEST(ControlSocket, SaysWhatItDoesNotUnderstand) {
  FaultyServer server;
  for (const auto& command : std::vector<nlohmann::json>{
           {{"clock", {{"jump", 1}}}}, {{"disk", "slow"}}, {{"get", "up"}}, {{"tea", 1}}, 5}) {
    const auto refused = ask(server.control(), command);
    ASSERT_FALSE(refused) << command;
    EXPECT_EQ(refused.error().certainty, Certainty::definite) << command;
  }
  EXPECT_EQ(server.tell({{"get", "state"}}).disk, "healthy");
  server.process().kill();
  EXPECT_FALSE(ask(server.control(), {{"get", "state"}})) << "nobody listens";
}

/// The embedded engine takes a failed write or sync for final, as it does on a real disk.
void expect_failed_disk_loses_nothing(const char* disk) {
  FaultyServer server;
  const std::string add = post("/cnt/c/k?create=true", "");
  ASSERT_EQ(server.ask_for(add)["n"], 1);
  EXPECT_EQ(server.tell({{"disk", disk}}).disk, disk);
  const auto answer = server.connect().call(add);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 504) << "not known";
  const auto ended = server.process().process()->wait(patience);
  EXPECT_EQ(ended, (sim::ProcessExit{false, 1}));
  must(server.process().start());
  EXPECT_GE(server.ask_for(get("/cnt/c/k"))["n"], 1);
}

TEST(FaultyDisk, AFailedSyncEndsTheServerAndLosesNothing) {
  expect_failed_disk_loses_nothing("fail_sync");
}

TEST(FaultyDisk, AFullOneEndsTheServerAndLosesNothing) { expect_failed_disk_loses_nothing("full"); }

TEST(FaultyDisk, HealedBeforeAnythingWasWrittenNothingHasHappened) {
  FaultyServer server;
  EXPECT_EQ(server.tell({{"disk", "full"}}).disk, "full");
  EXPECT_EQ(server.tell({{"disk", "heal"}}).disk, "healthy");
  EXPECT_EQ(server.ask_for(post("/cnt/c/k?create=true", ""))["n"], 1);
}

}  // namespace
}  // namespace dcount::faulty
