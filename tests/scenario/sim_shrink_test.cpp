// `dcount sim run --shrink`: from twelve faults and twelve clients to the few that matter.
#include "tests/scenario/sim_place.h"

namespace dcount::test {
namespace {

// Only kills can show the bug: it loses what was acknowledged in the last moments.
constexpr const char* crowded = R"({
  "cluster": {"engine": "embedded", "plant": "lost-acknowledged"}, "duration_s": 1.0,
  "workloads": [
    {"kind": "counters", "clients": 8, "rate": 600, "keys": 1, "deltas": "one", "returned": true,
     "retry_s": 0, "answer_s": 0.5},
    {"kind": "items", "clients": 4, "rate": 40, "retry_s": 0, "answer_s": 0.5}],
  "faults": [
    {"kind": "latency", "target": "clients", "to": "server", "at_s": 0.05, "for_s": 0.02,
     "latency_ms": 5},
    {"kind": "reset", "target": "clients", "to": "server", "at_s": 0.1, "for_s": 0},
    {"kind": "pause", "target": "server", "at_s": 0.15, "for_s": 0.02},
    {"kind": "kill", "target": "server", "at_s": 0.2, "for_s": 0.02},
    {"kind": "reset", "target": "clients", "to": "server", "at_s": 0.35, "for_s": 0},
    {"kind": "kill", "target": "server", "at_s": 0.4, "for_s": 0.02},
    {"kind": "reset", "target": "clients", "to": "server", "at_s": 0.55, "for_s": 0},
    {"kind": "refuse", "target": "clients", "to": "server", "at_s": 0.6, "for_s": 0.02},
    {"kind": "pause", "target": "server", "at_s": 0.65, "for_s": 0.02},
    {"kind": "kill", "target": "server", "at_s": 0.7, "for_s": 0.02},
    {"kind": "reset", "target": "clients", "to": "server", "at_s": 0.8, "for_s": 0},
    {"kind": "pause", "target": "server", "at_s": 0.85, "for_s": 0.02}]
})";

class SimShrink : public SimCommand {};

TEST_F(SimShrink, AThirdOfTheFaultsAndClientsIsLeftAtMostAndStillFails) {
  place.write("crowded.json", crowded);
  const auto ran = sim({"run", "crowded.json", "--shrink", "--shrink-seconds", "12"});
  ASSERT_EQ(ran.status, 1) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("invalid (increments of cnt1/k1): "), std::string::npos) << ran.out;
  const auto directory = std::filesystem::canonical(latest());
  EXPECT_EQ(directory.parent_path().filename(), "crowded") << "not a candidate's run";
  const auto shrunk = read_json(directory / "crowded-shrunk.json");
  ASSERT_TRUE(shrunk.is_object());
  EXPECT_LE(shrunk["faults"].size(), 4u);
  EXPECT_GE(shrunk["faults"].size(), 1u);
  std::int64_t clients = 0;
  for (const auto& workload : shrunk["workloads"]) clients += workload["clients"].get<int>();
  EXPECT_LE(clients, 4);
  EXPECT_NE(ran.out.find(" of 12 faults and "), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find(" of 12 clients; fails in "), std::string::npos) << ran.out;
  const std::string line = last_line(ran.out);
  EXPECT_NE(line.find("crowded-shrunk.json"), std::string::npos) << line;
  EXPECT_TRUE(fails_again(line)) << line;
  EXPECT_FALSE(std::filesystem::exists(directory / "shrinking"));
  EXPECT_EQ(processes(), std::vector<pid_t>{});
}

}  // namespace
}  // namespace dcount::test
