// However `dcount sim run` ends, nothing of it goes on running.
#include <signal.h>

#include "tests/scenario/sim_place.h"
#include "tests/sim/poll.h"

namespace dcount::test {
namespace {

using sim::eventually;

class SimLeftovers : public SimCommand {
 protected:
  SimLeftovers() { std::filesystem::create_directories(temporary()); }
  std::filesystem::path temporary() const { return place.path() / "tmp"; }
  RunOptions options() const { return {.environment = {{"TMPDIR", temporary().string()}}}; }
  /// With a root that can be told in the processes' command lines.
  Words words() const { return {"sim", "run", "long.json", "--root", runs().string()}; }
  bool temporary_is_empty() const { return std::filesystem::is_empty(temporary()); }
  bool under_way() {
    return eventually([&] {
      std::error_code none;
      return std::filesystem::file_size(latest() / "history.jsonl", none) > 5000 && !none;
    });
  }
};

constexpr const char* long_with_etcd = R"({
  "cluster": {"engine": "etcd", "servers": 2, "members": 1}, "duration_s": 50,
  "workloads": [{"kind": "counters", "rate": 200, "retry_s": 60}],
  "faults": [{"kind": "clock", "target": "server:1", "at_s": 40},
             {"kind": "pause", "target": "server:2", "at_s": 0.5, "for_s": 40}]})";

TEST_F(SimLeftovers, CtrlCInTheMiddleOfARunLeavesNothing) {
  place.write("long.json", long_with_etcd);
  Running run(place, words(), options());
  ASSERT_TRUE(under_way());
  EXPECT_FALSE(temporary_is_empty()) << "the control sockets of dcount-faulty";
  EXPECT_GE(processes().size(), 3u);
  run.signal(SIGINT);
  const auto ran = run.wait();
  EXPECT_EQ(ran.status, 130) << ran.out << ran.err;
  EXPECT_EQ(processes(), std::vector<pid_t>{});
  EXPECT_TRUE(temporary_is_empty());
  EXPECT_FALSE(std::filesystem::exists(latest() / "cluster"));
  EXPECT_EQ(sim({"show"}).status, 2) << "an interrupted run has no verdict";
}

TEST_F(SimLeftovers, AKilledHarnessTakesItsProcessesWithIt) {
  place.write("long.json", long_with_etcd);
  Running run(place, words(), options());
  ASSERT_TRUE(under_way());
  EXPECT_GE(processes().size(), 3u);
  run.signal(SIGKILL);
  EXPECT_EQ(run.wait().status, 128 + SIGKILL);
  EXPECT_TRUE(eventually([&] { return processes().empty(); }));
}

}  // namespace
}  // namespace dcount::test
